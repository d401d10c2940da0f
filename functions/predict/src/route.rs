//! Routes of the service.

use crate::{
    problem::{Problem, ProblemKind},
    truncate::{MAX_NAME_CHARS, truncate},
};
use lambda_http::http::Method;

/// Route, with the variable parts of the path as they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    /// `GET /`
    Dashboard,
    /// `GET /reports/{series}/{report}`
    Report {
        /// Slug of the series.
        series: &'a str,
        /// Name of the report: `latest` or a time, with or without `.json`.
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
    /// `GET /v1/series/{series}/versions`
    Versions(&'a str),
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

/// All routes as method and path template. The OpenAPI document lists the same. `HEAD` is answered where `GET` is.
pub const ROUTES: [(&str, &str); 18] = [
    ("GET", "/"),
    ("GET", "/reports/{series}/{report}"),
    ("GET", "/v1/series"),
    ("GET", "/v1/series/{series}/forecast"),
    ("POST", "/v1/series/{series}/forecast"),
    ("GET", "/v1/series/{series}/explanation"),
    ("GET", "/v1/series/{series}/forecasts"),
    ("GET", "/v1/series/{series}/versions"),
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

/// Routes of a path, by method.
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
            ["v1", "series", series, "versions"] => get(Route::Versions(series)),
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

    /// Methods in the format of `Allow`.
    const fn allow(&self) -> &'static str {
        match (self.get.is_some(), self.post.is_some()) {
            (true, true) => "GET, HEAD, POST",
            (true, false) => "GET, HEAD",
            _ => "POST",
        }
    }
}

impl<'a> Route<'a> {
    /// Finds the route of a method and path.
    ///
    /// # Errors
    /// There is no such route, or it does not have the method.
    pub fn find(method: &Method, path: &'a str) -> Result<Self, Problem> {
        let resource = Resource::match_path(path).ok_or_else(|| {
            let path = truncate(path, MAX_NAME_CHARS);
            let detail = format!("there is no {path}; GET /openapi.json lists the routes");
            Problem::new(ProblemKind::UnknownRoute, detail)
        })?;
        let route = match *method {
            Method::GET | Method::HEAD => resource.get,
            Method::POST => resource.post,
            _ => None,
        };
        route.ok_or_else(|| {
            let allow = resource.allow();
            let (path, method) = (truncate(path, MAX_NAME_CHARS), truncate(method.as_str(), MAX_NAME_CHARS));
            let detail = format!("{path} does not answer {method}, only {allow}");
            Problem { allow: Some(allow), ..Problem::new(ProblemKind::MethodNotAllowed, detail) }
        })
    }
}
