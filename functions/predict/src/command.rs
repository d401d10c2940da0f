//! What a request asks for, once it is known to be well formed.

use crate::{
    bars::{self, Body},
    problem::{Kind, Problem},
    route::Route,
};
use domain::{Bar, Series};
use jiff::Timestamp;
use lambda_http::http::Method;

/// Larger bodies are refused unread.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Forecasts in one answer when `limit` is not given.
pub const DEFAULT_LIMIT: usize = 500;
/// The most forecasts in one answer.
pub const MAX_LIMIT: usize = 1_000;
/// How many intervals back the history goes when `from` is not given.
const DEFAULT_SPAN: i64 = 365;

/// A request as it arrives.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path without the query.
    pub path: &'a str,
    /// The first value of each query parameter.
    pub query: &'a [(String, String)],
    /// The body, decoded.
    pub body: &'a [u8],
}

/// A well-formed request.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Tell about every series.
    Overview,
    /// Forecast, from the caller's bars or from the latest window.
    Forecast {
        /// Which series.
        series: Series,
        /// Valid bars, enough for the features.
        bars: Option<Vec<Bar>>,
        /// How much to say.
        detail: Detail,
    },
    /// List past forecasts.
    History(HistoryQuery),
    /// Say that the service is alive.
    Health,
    /// Show the contract.
    OpenApi,
}

/// How much a forecast says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The forecast.
    Plain,
    /// Which features moved it, too.
    Explained,
}

/// Which past forecasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Which series.
    pub series: Series,
    /// First decision time, inclusive.
    pub from: Timestamp,
    /// Last decision time, inclusive.
    pub to: Timestamp,
    /// At most so many.
    pub limit: usize,
}

impl Command {
    /// Decodes a request. `series` are the configured ones, the first is the default.
    ///
    /// # Errors
    /// The problem to answer with.
    pub fn decode(incoming: &Incoming<'_>, series: &[Series], now: Timestamp) -> Result<Self, Problem> {
        let route = Route::find(incoming.method, incoming.path)?;
        if incoming.body.len() > MAX_BODY_BYTES {
            let detail = format!("the body has {} bytes, at most {MAX_BODY_BYTES} are read", incoming.body.len());
            return Err(Problem::new(Kind::BodyTooLarge, detail));
        }
        match route {
            Route::Series => Ok(Self::Overview),
            Route::Health => Ok(Self::Health),
            Route::OpenApi => Ok(Self::OpenApi),
            Route::Current(slug) => {
                let series = known(slug, series)?;
                Ok(Self::Forecast { series, bars: None, detail: detail(incoming.query)? })
            }
            Route::FromBars(slug) => {
                let series = known(slug, series)?;
                let detail = detail(incoming.query)?;
                let bars = bars::parse(incoming.body, &series, Body::Required)?;
                Ok(Self::Forecast { series, bars, detail })
            }
            Route::Short => {
                let none = || Problem::new(Kind::NoData, "no series is configured");
                let series = series.first().cloned().ok_or_else(none)?;
                let detail = detail(incoming.query)?;
                let bars = bars::parse(incoming.body, &series, Body::Optional)?;
                Ok(Self::Forecast { series, bars, detail })
            }
            Route::History(slug) => history(known(slug, series)?, incoming.query, now).map(Self::History),
        }
    }
}

fn known(slug: &str, series: &[Series]) -> Result<Series, Problem> {
    series.iter().find(|one| one.slug() == slug).cloned().ok_or_else(|| {
        let slugs: Vec<String> = series.iter().map(Series::slug).collect();
        Problem::new(Kind::UnknownSeries, format!("there is no series `{slug}`; the series are {}", slugs.join(", ")))
    })
}

fn detail(query: &[(String, String)]) -> Result<Detail, Problem> {
    only(&["explain"], query, "explain")?;
    match query.first().map(|(_, value)| value.as_str()) {
        None | Some("false") => Ok(Detail::Plain),
        Some("true") => Ok(Detail::Explained),
        Some(text) => Err(invalid("explain", format!("`explain` is `{text}`, expected true or false"))),
    }
}

fn invalid(name: &str, detail: String) -> Problem {
    Problem::in_field(Kind::InvalidQuery, name, detail)
}

/// A parameter that the route does not have is a problem: it may be a misspelt one.
fn only(names: &[&str], query: &[(String, String)], listed: &str) -> Result<(), Problem> {
    match query.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        Some((name, _)) => Err(invalid(name, format!("there is no parameter `{name}`, only {listed}"))),
        None => Ok(()),
    }
}

fn history(series: Series, query: &[(String, String)], now: Timestamp) -> Result<HistoryQuery, Problem> {
    only(&["from", "to", "limit"], query, "from, to and limit")?;
    let get = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let time = |name: &str| {
        get(name)
            .map(|text| {
                parse_time(text).ok_or_else(|| {
                    invalid(
                        name,
                        format!("`{name}` is `{text}`, expected a time such as 2023-01-31T00:00:00Z or a date"),
                    )
                })
            })
            .transpose()
    };
    // A forecast exists only for decision times up to now; one interval of room for a clock that is behind.
    let to = time("to")?.unwrap_or_else(|| series.interval.step(now, 1));
    let from = time("from")?.unwrap_or_else(|| series.interval.step(to, -DEFAULT_SPAN));
    if from > to {
        return Err(invalid("from", format!("`from` is {from}, after `to` {to}")));
    }
    let limit =
        match get("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => text.parse().ok().filter(|n| (1..=MAX_LIMIT).contains(n)).ok_or_else(|| {
                invalid("limit", format!("`limit` is `{text}`, expected a number from 1 to {MAX_LIMIT}"))
            })?,
        };
    Ok(HistoryQuery { series, from, to, limit })
}

/// A time with offset, or a date, which means its midnight UTC.
fn parse_time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let date: jiff::civil::Date = text.parse().ok()?;
        format!("{date}T00:00:00Z").parse().ok()
    })
}
