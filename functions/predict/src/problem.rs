//! Errors as RFC 9457 problem documents. The `type` of each kind is stable; callers may branch on it.

use crate::text::Unreadable;
use market_data::BarError;
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The event is no HTTP request that this function reads.
    InvalidEvent,
    /// The body is not JSON.
    InvalidJson,
    /// A query parameter is malformed.
    InvalidQuery,
    /// No such series is configured.
    UnknownSeries,
    /// No such report.
    UnknownReport,
    /// No such route.
    UnknownRoute,
    /// The route has other methods.
    MethodNotAllowed,
    /// The body is larger than [`MAX_BODY_BYTES`](crate::command::MAX_BODY_BYTES).
    BodyTooLarge,
    /// The body is of another type than JSON, or compressed.
    UnsupportedMediaType,
    /// The body is JSON of the wrong shape.
    InvalidBody,
    /// A bar breaks a rule.
    InvalidBars,
    /// There is neither a model nor a window of bars.
    NoData,
    /// A store did not answer.
    Unavailable,
    /// A defect of this program.
    Internal,
}

impl ProblemKind {
    /// Every kind, for the contract.
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

    /// The stable name.
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

    /// The HTTP status.
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

    /// The kind in words.
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

/// A problem document. `detail` is for people; `bar` and `field` say where, for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which kind.
    pub kind: ProblemKind,
    /// This occurrence, in a sentence.
    pub detail: String,
    /// The bar, counted from 0.
    pub bar: Option<usize>,
    /// The field of the bar or body, or the query parameter.
    pub field: Option<String>,
    /// The methods the route has.
    pub allow: Option<&'static str>,
}

/// An error, after RFC 9457.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument<'a> {
    /// Which kind; stable, a program may branch on it.
    r#type: &'static str,
    /// The kind in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// This occurrence, in a sentence.
    detail: &'a str,
    /// The bar, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    bar: Option<usize>,
    /// The field of the bar or body, or the query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    /// Names this request in the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl Problem {
    /// A problem without a place.
    #[must_use]
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), bar: None, field: None, allow: None }
    }

    /// A bar that breaks a rule.
    #[must_use]
    pub fn for_bar(bar: usize, field: &str, detail: impl Into<String>) -> Self {
        Self { bar: Some(bar), field: Some(field.to_owned()), ..Self::new(ProblemKind::InvalidBars, detail) }
    }

    /// Names the field, without a bar.
    #[must_use]
    pub fn for_field(kind: ProblemKind, field: &str, detail: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(kind, detail) }
    }

    /// The document's JSON.
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
