//! Typed request and its decoding.

use crate::{
    bars::{self, BodyPolicy, MAX_BARS, SuppliedBars},
    cursor::Cursor,
    error::ErrorResponse,
    explanation::Detail,
    problem::{Problem, ProblemKind},
    report::{self, ReportFormat},
    route::Route,
    scoring::{self, ScoringError, ScoringInput},
    truncate::{MAX_NAME_CHARS, truncate},
};
use jiff::Timestamp;
use lambda_http::http::Method;
use market_data::{
    Series,
    time::{EARLIEST, TimeBounds, TimeError},
};
use std::borrow::Cow;

/// Content type of a body with bars.
const JSON: &str = "application/json";
/// Size limit of a body with bars. A larger one is rejected unread.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Size limit of a body with a table. A larger one is rejected unread. Lambda accepts events of 6 MB, and base64 and the
/// escapes of JSON in JSON take part of that.
pub const MAX_TABLE_BYTES: usize = 4 * 1024 * 1024;
/// Number of forecasts on a page when `limit` is not given.
pub const DEFAULT_LIMIT: u16 = 100;
/// Maximum number of forecasts on a page: 1.7 MB of JSON with their distributions, well below the 6 MB of a Lambda response.
pub const MAX_LIMIT: u16 = 500;
/// Number of versions in an answer when `limit` is not given.
pub const DEFAULT_VERSIONS: u16 = 20;
/// Maximum number of versions in an answer.
pub const MAX_VERSIONS: u16 = 100;
/// Length of the history in intervals when `from` is not given.
const DEFAULT_SPAN: i64 = 365;

/// Parts of an HTTP request that its decoding depends on.
#[derive(Debug, Clone, Copy)]
pub struct RequestParts<'a> {
    /// Method.
    pub method: &'a Method,
    /// Path without the query.
    pub path: &'a str,
    /// Query parameters, decoded.
    pub query: &'a [(String, String)],
    /// Value of `Content-Type`.
    pub content_type: Option<&'a str>,
    /// Value of `Content-Encoding`.
    pub content_encoding: Option<&'a str>,
    /// Body, decoded.
    pub body: &'a [u8],
}

/// Well-formed request.
#[derive(Debug, Clone, PartialEq)]
pub enum PredictRequest {
    /// Page of all series.
    Dashboard,
    /// Report of `score`.
    Report {
        /// Key of the report object.
        key: String,
        /// Format of the object.
        format: ReportFormat,
    },
    /// Status of all series.
    Overview,
    /// Forecast from the caller's bars or from the latest stored bars.
    Forecast {
        /// Series to forecast.
        series: Series,
        /// Bars of the caller; absent for the latest stored bars.
        bars: Option<SuppliedBars>,
        /// Amount of detail in the answer.
        detail: Detail,
    },
    /// Predictions of rows.
    Score {
        /// Series whose champion predicts.
        series: Series,
        /// Valid rows and the kind of their predictions.
        input: ScoringInput,
    },
    /// Readiness to predict rows.
    Ping,
    /// List of past forecasts.
    History(HistoryQuery),
    /// List of versions, newest first.
    Versions {
        /// Series of the versions.
        series: Series,
        /// Maximum number of versions.
        limit: u16,
    },
    /// Liveness.
    Health,
    /// Readiness: every series has a champion and a forecast that has not expired.
    Ready,
    /// Version of the code.
    Version,
    /// OpenAPI document.
    OpenApi,
}

/// Query of past forecasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Series of the forecasts.
    pub series: Series,
    /// Selection of its forecasts.
    pub span: Span,
    /// Maximum number of forecasts.
    pub limit: u16,
}

/// Selection of the forecasts of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Newest forecasts: no bound was given.
    Newest,
    /// Forecasts between two decision times, beginning with the first.
    Between {
        /// First decision time, inclusive.
        from: Timestamp,
        /// Last decision time, inclusive.
        to: Timestamp,
    },
}

impl PredictRequest {
    /// Decodes a request. `series` are the configured series; the first is the default.
    ///
    /// # Errors
    /// The request is invalid; the error names the first violation.
    pub fn decode(parts: &RequestParts<'_>, series: &[Series], now: Timestamp) -> Result<Self, ErrorResponse> {
        let route = Route::find(parts.method, parts.path)?;
        match route {
            Route::Dashboard => Ok(Self::Dashboard),
            Route::Report { series: slug, report } => {
                let (key, format) = report::key(&find_series(slug, series)?, report).ok_or_else(|| {
                    let detail =
                        format!("`{}` is neither `latest` nor a time such as 2023-11-05T010203Z", short(report));
                    Problem::new(ProblemKind::UnknownReport, detail)
                })?;
                Ok(Self::Report { key, format })
            }
            Route::Series => Ok(Self::Overview),
            Route::Health => Ok(Self::Health),
            Route::Ready => Ok(Self::Ready),
            Route::Version(slug) => {
                Ok(slug.map_or(Ok(Self::Version), |slug| find_series(slug, series).map(|_| Self::Version))?)
            }
            Route::OpenApi => Ok(Self::OpenApi),
            Route::CurrentForecast(slug) => {
                let series = find_series(slug, series)?;
                if parse_detail(parts.query)? == Detail::Explained {
                    let elsewhere = format!("GET /v1/series/{series}/explanation");
                    let detail = format!("`explain` is `true`: {elsewhere} answers the current forecast explained");
                    return Err(invalid("explain", detail).into());
                }
                Ok(Self::Forecast { series, bars: None, detail: Detail::Plain })
            }
            Route::Explanation(slug) => {
                let series = find_series(slug, series)?;
                if let Some((name, _)) = parts.query.first() {
                    let name = short(name);
                    return Err(invalid(&name, format!("there is no parameter `{name}`; the route has none")).into());
                }
                Ok(Self::Forecast { series, bars: None, detail: Detail::Explained })
            }
            Route::ForecastFromBars(slug) => {
                let series = find_series(slug, series)?;
                let detail = parse_detail(parts.query)?;
                let bars = bars::parse_bars(json_body(parts)?, &series, BodyPolicy::Required, now)?;
                Ok(Self::Forecast { series, bars, detail })
            }
            Route::Ping(slug) => Ok(series_or_default(slug, series).map(|_| Self::Ping)?),
            Route::Invocations(slug) => Ok(score_request(slug, parts, series, now)?),
            Route::Predict => {
                let series = series_or_default(None, series)?;
                let detail = parse_detail(parts.query)?;
                let bars = bars::parse_bars(json_body(parts)?, &series, BodyPolicy::Optional, now)?;
                Ok(Self::Forecast { series, bars, detail })
            }
            Route::History(slug) => Ok(Self::History(history_query(find_series(slug, series)?, parts.query, now)?)),
            Route::Versions(slug) => {
                let series = find_series(slug, series)?;
                reject_unknown_parameters(&["limit"], parts.query, "limit")?;
                let text = parts.query.first().map(|(_, value)| value.as_str());
                Ok(Self::Versions { series, limit: parse_limit(text, DEFAULT_VERSIONS, MAX_VERSIONS)? })
            }
        }
    }
}

/// JSON body. A request without a content type is read as JSON.
fn json_body<'a>(parts: &RequestParts<'a>) -> Result<&'a [u8], Problem> {
    let body = body(parts, MAX_BODY_BYTES)?;
    let content_type = parts.content_type.unwrap_or(JSON);
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case(JSON) || body.is_empty() {
        return Ok(body);
    }
    let detail = format!("the content type is `{}`, expected {JSON}", short(content_type));
    Err(Problem::new(ProblemKind::UnsupportedMediaType, detail))
}

/// Uncompressed body of at most `limit` bytes.
fn body<'a>(parts: &RequestParts<'a>, limit: usize) -> Result<&'a [u8], Problem> {
    let bytes = parts.body.len();
    if bytes > limit {
        let detail =
            format!("the body has {bytes} bytes, at most {limit} are read, and of bars or rows at most {MAX_BARS}");
        return Err(Problem::new(ProblemKind::BodyTooLarge, detail));
    }
    if let Some(coding) = parts.content_encoding.filter(|coding| !coding.trim().eq_ignore_ascii_case("identity")) {
        let detail = format!("the content encoding is `{}`: send the body uncompressed", short(coding));
        return Err(Problem::new(ProblemKind::UnsupportedMediaType, detail));
    }
    Ok(parts.body)
}

fn score_request(
    slug: Option<&str>,
    parts: &RequestParts<'_>,
    series: &[Series],
    now: Timestamp,
) -> Result<PredictRequest, ScoringError> {
    let series = series_or_default(slug, series)?;
    let input = scoring::decode(parts.content_type, body(parts, MAX_TABLE_BYTES)?, &series)?;
    input.rows.check_opened(now)?;
    Ok(PredictRequest::Score { series, input })
}

/// Series of a slug; without one the default series.
fn series_or_default(slug: Option<&str>, series: &[Series]) -> Result<Series, Problem> {
    match slug {
        Some(slug) => find_series(slug, series),
        None => series.first().cloned().ok_or_else(|| Problem::new(ProblemKind::NoData, "no series is configured")),
    }
}

fn find_series(slug: &str, series: &[Series]) -> Result<Series, Problem> {
    series.iter().find(|series| series.slug() == slug).cloned().ok_or_else(|| {
        let slugs: Vec<String> = series.iter().map(Series::slug).collect();
        let detail = format!("there is no series `{}`; the series are {}", short(slug), slugs.join(", "));
        Problem::new(ProblemKind::UnknownSeries, detail)
    })
}

fn parse_detail(query: &[(String, String)]) -> Result<Detail, Problem> {
    reject_unknown_parameters(&["explain"], query, "explain")?;
    match query.first().map(|(_, value)| value.as_str()) {
        None | Some("false") => Ok(Detail::Plain),
        Some("true") => Ok(Detail::Explained),
        Some(text) => Err(invalid("explain", format!("`explain` is `{}`, expected true or false", short(text)))),
    }
}

fn short(text: &str) -> Cow<'_, str> {
    truncate(text, MAX_NAME_CHARS)
}

fn invalid(name: &str, detail: String) -> Problem {
    Problem::for_field(ProblemKind::InvalidQuery, name, detail)
}

/// Rejects unknown parameters, which may be misspelt ones, and parameters that are given twice.
fn reject_unknown_parameters(names: &[&str], query: &[(String, String)], listed: &str) -> Result<(), Problem> {
    for (index, (name, _)) in query.iter().enumerate() {
        if !names.contains(&name.as_str()) {
            let name = short(name);
            return Err(invalid(&name, format!("there is no parameter `{name}`, only {listed}")));
        }
        if query[..index].iter().any(|(earlier, _)| earlier == name) {
            let name = short(name);
            return Err(invalid(&name, format!("`{name}` comes twice")));
        }
    }
    Ok(())
}

fn history_query(series: Series, query: &[(String, String)], now: Timestamp) -> Result<HistoryQuery, Problem> {
    reject_unknown_parameters(&["from", "to", "limit", "cursor"], query, "from, to, limit and cursor")?;
    let get = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if let Some(text) = get("cursor") {
        return resumed_query(series, query, text);
    }
    let time = |name: &str| {
        get(name)
            .map(|text| {
                let invalid_time = |error: TimeError| invalid(name, format!("parameter `{name}`: {error}"));
                TimeBounds::at(now).parse(text).map_err(invalid_time)
            })
            .transpose()
    };
    let span = match (time("from")?, time("to")?) {
        (None, None) => Span::Newest,
        (from, to) => {
            // Forecasts have decision times up to now. One interval of tolerance is for a clock that is behind.
            let to = to.unwrap_or_else(|| series.interval.step(now, 1));
            let from = from.unwrap_or_else(|| series.interval.step(to, -DEFAULT_SPAN).max(EARLIEST));
            if from > to {
                return Err(invalid("from", format!("`from` is {from}, after `to` {to}")));
            }
            Span::Between { from, to }
        }
    };
    Ok(HistoryQuery { series, span, limit: parse_limit(get("limit"), DEFAULT_LIMIT, MAX_LIMIT)? })
}

/// Parameter `limit`, from 1 to `max`.
fn parse_limit(text: Option<&str>, default: u16, max: u16) -> Result<u16, Problem> {
    let Some(text) = text else { return Ok(default) };
    text.parse().ok().filter(|limit| (1..=max).contains(limit)).ok_or_else(|| {
        let detail = format!("`limit` is `{}`, expected a number from 1 to {max}", short(text));
        invalid("limit", detail)
    })
}

/// Query that a cursor continues.
fn resumed_query(series: Series, query: &[(String, String)], text: &str) -> Result<HistoryQuery, Problem> {
    if let Some((name, _)) = query.iter().find(|(name, _)| name != "cursor") {
        return Err(invalid(name, format!("`{name}` cannot be given beside `cursor`, which holds it")));
    }
    let rejected = || invalid("cursor", format!("`cursor` is `{}`, expected one from `next`", short(text)));
    let cursor: Cursor = text.parse().map_err(|_| rejected())?;
    let (from, to) = cursor.range().map_err(|_| rejected())?;
    if cursor.limit == 0 || from > to {
        return Err(rejected());
    }
    // A cursor of an older release may have a higher limit.
    Ok(HistoryQuery { series, span: Span::Between { from, to }, limit: cursor.limit.min(MAX_LIMIT) })
}
