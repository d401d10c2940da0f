//! The routes of the service.

use crate::problem::{Kind, Problem};
use lambda_http::http::Method;

/// A route, with the series as it stands in the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    /// `GET /v1/series`
    Series,
    /// `GET /v1/series/{series}/forecast`
    Current(&'a str),
    /// `POST /v1/series/{series}/forecast`
    FromBars(&'a str),
    /// `GET /v1/series/{series}/forecasts`
    History(&'a str),
    /// `POST /predict`
    Short,
    /// `GET /health`
    Health,
    /// `GET /openapi.json`
    OpenApi,
}

/// Every route as method and path template; the OpenAPI document has to list the same.
pub const ROUTES: [(&str, &str); 7] = [
    ("GET", "/v1/series"),
    ("GET", "/v1/series/{series}/forecast"),
    ("POST", "/v1/series/{series}/forecast"),
    ("GET", "/v1/series/{series}/forecasts"),
    ("POST", "/predict"),
    ("GET", "/health"),
    ("GET", "/openapi.json"),
];

impl<'a> Route<'a> {
    /// The route of a method and path.
    ///
    /// # Errors
    /// No such route, or the route does not have the method.
    pub fn find(method: &Method, path: &'a str) -> Result<Self, Problem> {
        let get = method == Method::GET;
        let post = method == Method::POST;
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts.as_slice() {
            ["v1", "series"] if get => Ok(Self::Series),
            ["v1", "series"] => Err(not_allowed(method, path, "GET")),
            ["v1", "series", series, "forecast"] if get => Ok(Self::Current(series)),
            ["v1", "series", series, "forecast"] if post => Ok(Self::FromBars(series)),
            ["v1", "series", _, "forecast"] => Err(not_allowed(method, path, "GET, POST")),
            ["v1", "series", series, "forecasts"] if get => Ok(Self::History(series)),
            ["v1", "series", _, "forecasts"] => Err(not_allowed(method, path, "GET")),
            ["predict"] if post => Ok(Self::Short),
            ["predict"] => Err(not_allowed(method, path, "POST")),
            ["health"] if get => Ok(Self::Health),
            ["health"] => Err(not_allowed(method, path, "GET")),
            ["openapi.json"] if get => Ok(Self::OpenApi),
            ["openapi.json"] => Err(not_allowed(method, path, "GET")),
            _ => {
                Err(Problem::new(Kind::UnknownRoute, format!("there is no {path}; GET /openapi.json lists the routes")))
            }
        }
    }
}

fn not_allowed(method: &Method, path: &str, allow: &'static str) -> Problem {
    let detail = format!("{path} does not answer {method}, only {allow}");
    Problem { allow: Some(allow), ..Problem::new(Kind::MethodNotAllowed, detail) }
}
