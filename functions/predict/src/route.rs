//! The routes of the service.

use crate::problem::{Problem, ProblemKind};
use lambda_http::http::Method;

/// A route, with what stands in the path as it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    /// `GET /`
    Dashboard,
    /// `GET /reports/{series}/{report}`
    Report {
        /// The slug of the series.
        series: &'a str,
        /// `latest` or a time, with or without `.json`.
        report: &'a str,
    },
    /// `GET /v1/series`
    Series,
    /// `GET /v1/series/{series}/forecast`
    CurrentForecast(&'a str),
    /// `POST /v1/series/{series}/forecast`
    ForecastFromBars(&'a str),
    /// `GET /v1/series/{series}/explanation`
    Explanation(&'a str),
    /// `GET /v1/series/{series}/forecasts`
    History(&'a str),
    /// `POST /predict`
    Predict,
    /// `GET /ping` and `GET /v1/series/{series}/ping`
    Ping(Option<&'a str>),
    /// `POST /invocations` and `POST /v1/series/{series}/invocations`
    Invocations(Option<&'a str>),
    /// `GET /health`
    Health,
    /// `GET /ready`
    Ready,
    /// `GET /version` and `GET /v1/series/{series}/version`
    Version(Option<&'a str>),
    /// `GET /openapi.json`
    OpenApi,
}

/// Every route as method and path template; the OpenAPI document has to list the same. `HEAD` is answered where `GET` is.
pub const ROUTES: [(&str, &str); 17] = [
    ("GET", "/"),
    ("GET", "/reports/{series}/{report}"),
    ("GET", "/v1/series"),
    ("GET", "/v1/series/{series}/forecast"),
    ("POST", "/v1/series/{series}/forecast"),
    ("GET", "/v1/series/{series}/explanation"),
    ("GET", "/v1/series/{series}/forecasts"),
    ("GET", "/v1/series/{series}/ping"),
    ("GET", "/v1/series/{series}/version"),
    ("POST", "/v1/series/{series}/invocations"),
    ("POST", "/predict"),
    ("GET", "/ping"),
    ("POST", "/invocations"),
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/version"),
    ("GET", "/openapi.json"),
];

/// What a path answers, by method.
struct Resource<'a> {
    get: Option<Route<'a>>,
    post: Option<Route<'a>>,
}

impl<'a> Resource<'a> {
    fn match_path(path: &'a str) -> Option<Self> {
        let get = |route| Some(Self { get: Some(route), post: None });
        let post = |route| Some(Self { get: None, post: Some(route) });
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        match parts.as_slice() {
            [""] => get(Route::Dashboard),
            ["reports", series, report] => get(Route::Report { series, report }),
            ["v1", "series"] => get(Route::Series),
            ["v1", "series", series, "forecast"] => {
                Some(Self { get: Some(Route::CurrentForecast(series)), post: Some(Route::ForecastFromBars(series)) })
            }
            ["v1", "series", series, "explanation"] => get(Route::Explanation(series)),
            ["v1", "series", series, "forecasts"] => get(Route::History(series)),
            ["v1", "series", series, "ping"] => get(Route::Ping(Some(series))),
            ["v1", "series", series, "version"] => get(Route::Version(Some(series))),
            ["v1", "series", series, "invocations"] => post(Route::Invocations(Some(series))),
            ["predict"] => post(Route::Predict),
            ["ping"] => get(Route::Ping(None)),
            ["invocations"] => post(Route::Invocations(None)),
            ["health"] => get(Route::Health),
            ["ready"] => get(Route::Ready),
            ["version"] => get(Route::Version(None)),
            ["openapi.json"] => get(Route::OpenApi),
            _ => None,
        }
    }

    /// The methods, as `Allow` lists them.
    const fn allow(&self) -> &'static str {
        match (self.get.is_some(), self.post.is_some()) {
            (true, true) => "GET, HEAD, POST",
            (true, false) => "GET, HEAD",
            _ => "POST",
        }
    }
}

impl<'a> Route<'a> {
    /// The route of a method and path.
    ///
    /// # Errors
    /// No such route, or the route does not have the method.
    pub fn find(method: &Method, path: &'a str) -> Result<Self, Problem> {
        let resource = Resource::match_path(path).ok_or_else(|| {
            let detail = format!("there is no {}; GET /openapi.json lists the routes", truncate(path));
            Problem::new(ProblemKind::UnknownRoute, detail)
        })?;
        let found = match *method {
            Method::GET | Method::HEAD => resource.get,
            Method::POST => resource.post,
            _ => None,
        };
        found.ok_or_else(|| {
            let allow = resource.allow();
            let detail = format!("{} does not answer {}, only {allow}", truncate(path), truncate(method.as_str()));
            Problem { allow: Some(allow), ..Problem::new(ProblemKind::MethodNotAllowed, detail) }
        })
    }
}

/// What a caller sent, short enough to be sent back and logged.
#[must_use]
pub fn truncate(text: &str) -> &str {
    const SHOWN: usize = 120;
    text.char_indices().nth(SHOWN).map_or(text, |(end, _)| &text[..end])
}
