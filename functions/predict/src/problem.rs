//! Errors as RFC 9457 problem documents. Each kind has a stable `type`, which programs may branch on.

use crate::text::Unreadable;
use market_data::BarError;
use serde::Serialize;
use utoipa::ToSchema;

/// Kind of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The event is not an HTTP request in payload format 2.0.
    InvalidEvent,
    /// The body is not JSON.
    InvalidJson,
    /// A query parameter is malformed.
    InvalidQuery,
    /// The series is not configured.
    UnknownSeries,
    /// There is no such report.
    UnknownReport,
    /// There is no such route.
    UnknownRoute,
    /// The route does not have this method.
    MethodNotAllowed,
    /// The body is larger than the limit of the route.
    BodyTooLarge,
    /// The body is not JSON by its content type, or it is compressed.
    UnsupportedMediaType,
    /// The body is JSON of the wrong shape.
    InvalidBody,
    /// A bar is invalid.
    InvalidBars,
    /// There is neither a model nor a bar.
    NoData,
    /// A store did not answer.
    Unavailable,
    /// The service has a defect.
    Internal,
}

impl ProblemKind {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::InvalidEvent,
        Self::InvalidJson,
        Self::InvalidQuery,
        Self::UnknownSeries,
        Self::UnknownReport,
        Self::UnknownRoute,
        Self::MethodNotAllowed,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::InvalidBody,
        Self::InvalidBars,
        Self::NoData,
        Self::Unavailable,
        Self::Internal,
    ];

    /// Stable name.
    #[must_use]
    pub const fn urn(self) -> &'static str {
        match self {
            Self::InvalidEvent => "urn:weathervane:problem:invalid-event",
            Self::InvalidJson => "urn:weathervane:problem:invalid-json",
            Self::InvalidQuery => "urn:weathervane:problem:invalid-query",
            Self::UnknownSeries => "urn:weathervane:problem:unknown-series",
            Self::UnknownReport => "urn:weathervane:problem:unknown-report",
            Self::UnknownRoute => "urn:weathervane:problem:unknown-route",
            Self::MethodNotAllowed => "urn:weathervane:problem:method-not-allowed",
            Self::BodyTooLarge => "urn:weathervane:problem:body-too-large",
            Self::UnsupportedMediaType => "urn:weathervane:problem:unsupported-media-type",
            Self::InvalidBody => "urn:weathervane:problem:invalid-body",
            Self::InvalidBars => "urn:weathervane:problem:invalid-bars",
            Self::NoData => "urn:weathervane:problem:no-data",
            Self::Unavailable => "urn:weathervane:problem:unavailable",
            Self::Internal => "urn:weathervane:problem:internal",
        }
    }

    /// HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidEvent | Self::InvalidJson | Self::InvalidQuery => 400,
            Self::UnknownSeries | Self::UnknownReport | Self::UnknownRoute => 404,
            Self::MethodNotAllowed => 405,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::InvalidBody | Self::InvalidBars => 422,
            Self::Internal => 500,
            Self::NoData | Self::Unavailable => 503,
        }
    }

    /// Description of the kind.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::InvalidEvent => "The event is not an HTTP request of a kind that is read",
            Self::InvalidJson => "The body is not JSON",
            Self::InvalidQuery => "A query parameter is malformed",
            Self::UnknownSeries => "There is no such series",
            Self::UnknownReport => "There is no such report",
            Self::UnknownRoute => "There is no such route",
            Self::MethodNotAllowed => "The route does not have this method",
            Self::BodyTooLarge => "The body is too large",
            Self::UnsupportedMediaType => "The body is not uncompressed application/json",
            Self::InvalidBody => "The body does not have the right shape",
            Self::InvalidBars => "The bars are not valid",
            Self::NoData => "There is no data to forecast from yet",
            Self::Unavailable => "A store did not answer",
            Self::Internal => "The service has a defect",
        }
    }
}

/// Problem of a request, with its location where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Kind of the problem.
    pub kind: ProblemKind,
    /// Description of this occurrence, in a sentence.
    pub detail: String,
    /// Index of the bar, from 0.
    pub bar: Option<usize>,
    /// Field of the bar or body, or query parameter.
    pub field: Option<String>,
    /// Methods of the route, where another one was used.
    pub allow: Option<&'static str>,
}

/// Problem document of RFC 9457.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument<'a> {
    /// Kind of the problem; stable, programs may branch on it.
    r#type: &'static str,
    /// Description of the kind.
    title: &'static str,
    /// HTTP status.
    status: u16,
    /// Description of this occurrence, in a sentence.
    detail: &'a str,
    /// Index of the bar, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    bar: Option<usize>,
    /// Field of the bar or body, or query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    /// Id of this request in the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl Problem {
    /// Problem without a location.
    #[must_use]
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), bar: None, field: None, allow: None }
    }

    /// Problem of an invalid bar.
    #[must_use]
    pub fn for_bar(bar: usize, field: &str, detail: impl Into<String>) -> Self {
        Self { bar: Some(bar), field: Some(field.to_owned()), ..Self::new(ProblemKind::InvalidBars, detail) }
    }

    /// Problem of a field of the body, or of a query parameter.
    #[must_use]
    pub fn for_field(kind: ProblemKind, field: &str, detail: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(kind, detail) }
    }

    /// JSON of the problem document.
    #[must_use]
    pub fn to_json(&self, request_id: Option<&str>) -> Vec<u8> {
        let document = ProblemDocument {
            r#type: self.kind.urn(),
            title: self.kind.title(),
            status: self.kind.status(),
            detail: &self.detail,
            bar: self.bar,
            field: self.field.as_deref(),
            request_id,
        };
        // Strings and integers always serialise.
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

impl From<BarError> for Problem {
    fn from(error: BarError) -> Self {
        Self::for_bar(error.index(), &error.field().to_string(), error.to_string())
    }
}

impl From<Unreadable> for Problem {
    fn from(error: Unreadable) -> Self {
        Self::new(ProblemKind::InvalidJson, error.to_string())
    }
}
