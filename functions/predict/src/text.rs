//! Text of a request body. All routes reject the same bytes with the same message.

use crate::truncate::{MAX_VALUE_CHARS, truncate};
use serde_json::value::RawValue;

/// Error of a body that is not readable text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// The body is empty.
    #[error("the body is empty")]
    Empty,
    /// The first bytes are those of a compressed format.
    #[error("the body is compressed ({format}): send it uncompressed")]
    Compressed {
        /// Name of the compressed format.
        format: &'static str,
    },
    /// A byte order mark or zeros show that it is UTF-16 or UTF-32.
    #[error("the body is UTF-16 or UTF-32 text: send UTF-8")]
    Wide,
    /// The body begins with the byte order mark of UTF-8.
    #[error("the body begins with a byte order mark, which JSON does not have: send it without its first 3 bytes")]
    ByteOrderMark,
    /// The body is not UTF-8.
    #[error("the body is not UTF-8 at byte {index}")]
    NotUtf8 {
        /// Index of the first invalid byte, from 0.
        index: usize,
    },
    /// The body is not JSON.
    #[error("the body is not JSON: {reason}{hint}")]
    NotJson {
        /// Message of the parser, with line and column.
        reason: String,
        /// Text at that position, and advice where there is some.
        hint: String,
    },
}

/// First bytes of compressed formats.
const SIGNATURES: [(&[u8], &str); 3] = [(b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"PK\x03\x04", "zip")];

/// Body as text.
///
/// # Errors
/// The body is empty, compressed or not UTF-8.
pub(crate) fn text(body: &[u8]) -> Result<&str, Unreadable> {
    if body.trim_ascii().is_empty() {
        return Err(Unreadable::Empty);
    }
    if let Some((_, format)) = SIGNATURES.iter().find(|(signature, _)| body.starts_with(signature)) {
        return Err(Unreadable::Compressed { format });
    }
    // A zero among the first bytes is half a character of UTF-16.
    if body.starts_with(b"\xff\xfe") || body.starts_with(b"\xfe\xff") || body.iter().take(4).any(|byte| *byte == 0) {
        return Err(Unreadable::Wide);
    }
    str::from_utf8(body).map_err(|error| Unreadable::NotUtf8 { index: error.valid_up_to() })
}

/// Body as one unparsed JSON value.
///
/// # Errors
/// The body is not text, or not JSON.
pub(crate) fn json(body: &[u8]) -> Result<&RawValue, Unreadable> {
    let text = text(body)?;
    if text.starts_with('\u{feff}') {
        return Err(Unreadable::ByteOrderMark);
    }
    serde_json::from_str(text).map_err(|error| not_json(text, &error))
}

fn not_json(text: &str, error: &serde_json::Error) -> Unreadable {
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    // The column is the byte at which the parser stopped, counted from 1.
    let start = (0..error.column()).rev().find(|index| line.is_char_boundary(*index)).unwrap_or_default();
    let found = line.get(start..).unwrap_or_default();
    let excerpt = if found.trim().is_empty() {
        String::new()
    } else {
        format!(", where it says `{}`", truncate(found.trim_end(), MAX_VALUE_CHARS))
    };
    let number = ["NaN", "nan", "Infinity", "inf"].iter().any(|word| found.trim_start_matches('-').starts_with(word));
    let advice = if number { "; NaN and Infinity are not JSON: leave such rows out" } else { "" };
    Unreadable::NotJson { reason: error.to_string(), hint: excerpt + advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_json_are_identified() {
        let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let bare_utf16: Vec<u8> = "{\"bars\":[]}".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let cases: [(&[u8], &str); 14] = [
            (b"", "the body is empty"),
            (b" \r\n", "the body is empty"),
            (b"\x1f\x8b\x08\x00rest", "the body is compressed (gzip): send it uncompressed"),
            (b"PK\x03\x04rest", "the body is compressed (zip): send it uncompressed"),
            (b"\x28\xb5\x2f\xfdrest", "the body is compressed (zstd): send it uncompressed"),
            (&utf16, "the body is UTF-16 or UTF-32 text: send UTF-8"),
            (&bare_utf16, "the body is UTF-16 or UTF-32 text: send UTF-8"),
            (b"\xef\xbb\xbf{}", "the body begins with a byte order mark"),
            (b"{\"a\":\"\xe9\"}", "the body is not UTF-8 at byte 6"),
            (b"<html>no", "the body is not JSON: expected value at line 1 column 1, where it says `<html>no`"),
            (b"{\"a\":NaN}", "column 6, where it says `NaN}`; NaN and Infinity are not JSON: leave such rows out"),
            (b"{\"a\":-Infinity}", "NaN and Infinity are not JSON"),
            (b"{\"a\":", "the body is not JSON: EOF while parsing a value at line 1 column 5"),
            ("{\n\"\u{e9}\":\u{1F680}}".as_bytes(), "line 2 column"),
        ];
        for (body, expected) in cases {
            let message = json(body).unwrap_err().to_string();
            assert!(message.contains(expected), "{message} does not contain {expected}");
        }
    }

    #[test]
    fn a_field_called_nan_is_not_taken_for_a_number() {
        let message = json(b"{\"NaN\":1,}").unwrap_err().to_string();
        assert!(!message.contains("leave such rows out"), "{message}");
    }
}
