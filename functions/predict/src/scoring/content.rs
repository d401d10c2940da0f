//! Content types of the protocol.

use super::ScoringError;
use crate::truncate::{MAX_VALUE_CHARS, truncate};

/// Format of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFormat {
    Json,
    Csv,
}

impl BodyFormat {
    /// Format of a `Content-Type`. Its only parameter is `charset`, which must be UTF-8.
    pub(super) fn from_content_type(content_type: Option<&str>) -> Result<Self, ScoringError> {
        let expected = "expected application/json or text/csv";
        let text = content_type.ok_or_else(|| ScoringError::content_type(format!("no content type, {expected}")))?;
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let format = if media.eq_ignore_ascii_case("application/json") {
            Self::Json
        } else if media.eq_ignore_ascii_case("text/csv") {
            Self::Csv
        } else {
            return Err(ScoringError::content_type(format!(
                "the content type is `{}`, {expected}",
                truncate(media, MAX_VALUE_CHARS)
            )));
        };
        for parameter in parts.filter(|part| !part.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if !name.eq_ignore_ascii_case("charset") {
                let detail =
                    format!("the content type has no parameter `{}`, only charset", truncate(name, MAX_VALUE_CHARS));
                return Err(ScoringError::content_type(detail));
            }
            if !value.trim_matches('"').eq_ignore_ascii_case("utf-8") {
                let detail = format!("the charset is `{}`, only utf-8 is read", truncate(value, MAX_VALUE_CHARS));
                return Err(ScoringError::content_type(detail));
            }
        }
        Ok(format)
    }
}
