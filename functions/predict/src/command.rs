//! What a request asks for, once it is known to be well formed.

use crate::{
    bars::{self, BodyPolicy, MAX_BARS, SuppliedBars},
    cursor::Cursor,
    error_response::ErrorResponse,
    problem::{Problem, ProblemKind},
    report::{self, ReportFormat},
    route::{Route, truncate},
    scoring::{self, Rows, ScoringError},
};
use jiff::Timestamp;
use lambda_http::http::Method;
use market_data::{
    Series,
    time::{EARLIEST, TimeBounds, TimeError},
};

/// What a body of bars is.
const JSON: &str = "application/json";
/// Larger bodies of bars are refused unread.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Larger tables are refused unread. Lambda takes events of 6 MB, and base64 and the escapes of JSON in JSON need room.
pub const MAX_TABLE_BYTES: usize = 4 * 1024 * 1024;
/// Forecasts in one answer when `limit` is not given.
pub const DEFAULT_LIMIT: u16 = 100;
/// The most forecasts in one answer: 350 kB of JSON, 40 kB compressed.
pub const MAX_LIMIT: u16 = 500;
/// How many intervals back the history goes when `from` is not given.
const DEFAULT_SPAN: i64 = 365;

/// A request as it arrives.
#[derive(Debug, Clone, Copy)]
pub struct RequestParts<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path without the query.
    pub path: &'a str,
    /// The query parameters, decoded.
    pub query: &'a [(String, String)],
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Content-Encoding`.
    pub content_encoding: Option<&'a str>,
    /// The body, decoded.
    pub body: &'a [u8],
}

/// A well-formed request.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Show every series.
    Dashboard,
    /// Show what score found.
    Report {
        /// The object.
        key: String,
        /// What it is.
        format: ReportFormat,
    },
    /// Tell about every series.
    Overview,
    /// Forecast, from the caller's bars or from the latest window.
    Forecast {
        /// Which series.
        series: Series,
        /// The caller's own, if there are any.
        bars: Option<SuppliedBars>,
        /// How much to say.
        detail: Detail,
    },
    /// Predict rows.
    Score {
        /// With the champion of which series.
        series: Series,
        /// Valid ones.
        rows: Rows,
    },
    /// Say that the rows of a series can be predicted.
    Ping,
    /// List past forecasts.
    History(HistoryQuery),
    /// Say that the service is alive.
    Health,
    /// Say whether every series has a champion and a forecast that has not expired.
    Ready,
    /// Say which code this is.
    Version,
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
    /// Selection of its forecasts.
    pub span: Span,
    /// At most so many.
    pub limit: u16,
}

/// Selection of the forecasts of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// The newest ones: no bound was given.
    Newest,
    /// Those between two decision times, from the first on.
    Between {
        /// First decision time, inclusive.
        from: Timestamp,
        /// Last decision time, inclusive.
        to: Timestamp,
    },
}

impl Command {
    /// Decodes a request. `series` are the configured ones, the first is the default.
    ///
    /// # Errors
    /// What to refuse the request with.
    pub fn decode(incoming: &RequestParts<'_>, series: &[Series], now: Timestamp) -> Result<Self, ErrorResponse> {
        let route = Route::find(incoming.method, incoming.path)?;
        match route {
            Route::Dashboard => Ok(Self::Dashboard),
            Route::Report { series: slug, report } => {
                let (key, format) = report::key(&known(slug, series)?, report).ok_or_else(|| {
                    let detail =
                        format!("`{}` is neither `latest` nor a time such as 2023-11-05T010203Z", truncate(report));
                    Problem::new(ProblemKind::UnknownReport, detail)
                })?;
                Ok(Self::Report { key, format })
            }
            Route::Series => Ok(Self::Overview),
            Route::Health => Ok(Self::Health),
            Route::Ready => Ok(Self::Ready),
            Route::Version(slug) => {
                Ok(slug.map_or(Ok(Self::Version), |slug| known(slug, series).map(|_| Self::Version))?)
            }
            Route::OpenApi => Ok(Self::OpenApi),
            Route::CurrentForecast(slug) => {
                let series = known(slug, series)?;
                if detail(incoming.query)? == Detail::Explained {
                    let elsewhere = format!("GET /v1/series/{series}/explanation");
                    let detail = format!("`explain` is `true`: {elsewhere} answers the current forecast explained");
                    return Err(invalid("explain", detail).into());
                }
                Ok(Self::Forecast { series, bars: None, detail: Detail::Plain })
            }
            Route::Explanation(slug) => {
                let series = known(slug, series)?;
                if let Some((name, _)) = incoming.query.first() {
                    let name = truncate(name);
                    return Err(invalid(name, format!("there is no parameter `{name}`; the route has none")).into());
                }
                Ok(Self::Forecast { series, bars: None, detail: Detail::Explained })
            }
            Route::ForecastFromBars(slug) => {
                let series = known(slug, series)?;
                let detail = detail(incoming.query)?;
                let bars = bars::parse_bars(json_body(incoming)?, &series, BodyPolicy::Required, now)?;
                Ok(Self::Forecast { series, bars, detail })
            }
            Route::Ping(slug) => Ok(named(slug, series).map(|_| Self::Ping)?),
            Route::Invocations(slug) => Ok(score(slug, incoming, series, now)?),
            Route::Predict => {
                let series = named(None, series)?;
                let detail = detail(incoming.query)?;
                let bars = bars::parse_bars(json_body(incoming)?, &series, BodyPolicy::Optional, now)?;
                Ok(Self::Forecast { series, bars, detail })
            }
            Route::History(slug) => Ok(Self::History(history(known(slug, series)?, incoming.query, now)?)),
        }
    }
}

/// The JSON body of a route that has one. A caller who names no type means JSON.
fn json_body<'a>(incoming: &RequestParts<'a>) -> Result<&'a [u8], Problem> {
    let body = body(incoming, MAX_BODY_BYTES)?;
    let kind = incoming.content_type.unwrap_or(JSON);
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(JSON) || body.is_empty() {
        return Ok(body);
    }
    let detail = format!("the content type is `{}`, expected {JSON}", truncate(kind));
    Err(Problem::new(ProblemKind::UnsupportedMediaType, detail))
}

/// The body of a route that has one, of at most `limit` bytes and uncompressed.
fn body<'a>(incoming: &RequestParts<'a>, limit: usize) -> Result<&'a [u8], Problem> {
    let bytes = incoming.body.len();
    if bytes > limit {
        let detail =
            format!("the body has {bytes} bytes, at most {limit} are read, and of bars or rows at most {MAX_BARS}");
        return Err(Problem::new(ProblemKind::BodyTooLarge, detail));
    }
    if let Some(coding) = incoming.content_encoding.filter(|coding| !coding.trim().eq_ignore_ascii_case("identity")) {
        let detail = format!("the content encoding is `{}`: send the body uncompressed", truncate(coding));
        return Err(Problem::new(ProblemKind::UnsupportedMediaType, detail));
    }
    Ok(incoming.body)
}

fn score(
    slug: Option<&str>,
    incoming: &RequestParts<'_>,
    series: &[Series],
    now: Timestamp,
) -> Result<Command, ScoringError> {
    let series = named(slug, series)?;
    let rows = scoring::decode(incoming.content_type, body(incoming, MAX_TABLE_BYTES)?, &series)?;
    rows.check_opened(now)?;
    Ok(Command::Score { series, rows })
}

/// The series of that name; without one the default.
fn named(slug: Option<&str>, series: &[Series]) -> Result<Series, Problem> {
    match slug {
        Some(slug) => known(slug, series),
        None => series.first().cloned().ok_or_else(|| Problem::new(ProblemKind::NoData, "no series is configured")),
    }
}

fn known(slug: &str, series: &[Series]) -> Result<Series, Problem> {
    series.iter().find(|one| one.slug() == slug).cloned().ok_or_else(|| {
        let slugs: Vec<String> = series.iter().map(Series::slug).collect();
        let detail = format!("there is no series `{}`; the series are {}", truncate(slug), slugs.join(", "));
        Problem::new(ProblemKind::UnknownSeries, detail)
    })
}

fn detail(query: &[(String, String)]) -> Result<Detail, Problem> {
    reject_unknown_parameters(&["explain"], query, "explain")?;
    match query.first().map(|(_, value)| value.as_str()) {
        None | Some("false") => Ok(Detail::Plain),
        Some("true") => Ok(Detail::Explained),
        Some(text) => Err(invalid("explain", format!("`explain` is `{}`, expected true or false", truncate(text)))),
    }
}

fn invalid(name: &str, detail: String) -> Problem {
    Problem::for_field(ProblemKind::InvalidQuery, name, detail)
}

/// A parameter that the route does not have is a problem: it may be a misspelt one. So is one that comes twice.
fn reject_unknown_parameters(names: &[&str], query: &[(String, String)], listed: &str) -> Result<(), Problem> {
    for (place, (name, _)) in query.iter().enumerate() {
        if !names.contains(&name.as_str()) {
            let name = truncate(name);
            return Err(invalid(name, format!("there is no parameter `{name}`, only {listed}")));
        }
        if query[..place].iter().any(|(before, _)| before == name) {
            let name = truncate(name);
            return Err(invalid(name, format!("`{name}` comes twice")));
        }
    }
    Ok(())
}

fn history(series: Series, query: &[(String, String)], now: Timestamp) -> Result<HistoryQuery, Problem> {
    reject_unknown_parameters(&["from", "to", "limit", "cursor"], query, "from, to, limit and cursor")?;
    let get = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if let Some(text) = get("cursor") {
        return resume(series, query, text);
    }
    let time = |name: &str| {
        get(name)
            .map(|text| {
                let refused = |error: TimeError| invalid(name, format!("parameter `{name}`: {error}"));
                TimeBounds::at(now).parse(text).map_err(refused)
            })
            .transpose()
    };
    let span = match (time("from")?, time("to")?) {
        (None, None) => Span::Newest,
        (from, to) => {
            // A forecast exists only for decision times up to now; one interval of room for a clock that is behind.
            let to = to.unwrap_or_else(|| series.interval.step(now, 1));
            let from = from.unwrap_or_else(|| series.interval.step(to, -DEFAULT_SPAN).max(EARLIEST));
            if from > to {
                return Err(invalid("from", format!("`from` is {from}, after `to` {to}")));
            }
            Span::Between { from, to }
        }
    };
    let limit = match get("limit") {
        None => DEFAULT_LIMIT,
        Some(text) => text.parse().ok().filter(|n| (1..=MAX_LIMIT).contains(n)).ok_or_else(|| {
            let detail = format!("`limit` is `{}`, expected a number from 1 to {MAX_LIMIT}", truncate(text));
            invalid("limit", detail)
        })?,
    };
    Ok(HistoryQuery { series, span, limit })
}

/// The query that a cursor goes on with.
fn resume(series: Series, query: &[(String, String)], text: &str) -> Result<HistoryQuery, Problem> {
    if let Some((name, _)) = query.iter().find(|(name, _)| name != "cursor") {
        return Err(invalid(name, format!("`{name}` cannot be given beside `cursor`, which holds it")));
    }
    let refused = || invalid("cursor", format!("`cursor` is `{}`, expected one from `next`", truncate(text)));
    let cursor: Cursor = text.parse().map_err(|_| refused())?;
    let (from, to) = cursor.range().map_err(|_| refused())?;
    if cursor.limit == 0 || from > to {
        return Err(refused());
    }
    // A cursor of an older release may hold more.
    Ok(HistoryQuery { series, span: Span::Between { from, to }, limit: cursor.limit.min(MAX_LIMIT) })
}
