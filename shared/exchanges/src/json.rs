//! Decoding of JSON bodies, with specific errors for bodies that are not JSON.

use crate::{
    error::SourceError,
    excerpt::{self, BodyExcerpt},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, Visitor},
};
use std::fmt;

/// Decodes a body. An empty or compressed body, a web page and other bytes have errors of their own.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, SourceError> {
    if let Some(format) = excerpt::compression(body) {
        return Err(SourceError::Compressed { format, excerpt: BodyExcerpt::new(body) });
    }
    match first_byte(body) {
        None => Err(SourceError::Empty),
        Some(b'<') => Err(SourceError::Html { title: title(body) }),
        // serde_json does not validate skipped strings, but the archive of raw responses has to be text.
        Some(_) => match std::str::from_utf8(body) {
            Ok(text) => serde_json::from_str(text)
                .map_err(|source| SourceError::Json { excerpt: BodyExcerpt::new(body), source }),
            Err(_) => Err(SourceError::NotText { excerpt: BodyExcerpt::new(body) }),
        },
    }
}

/// True if a body is a JSON object.
pub(crate) fn is_object(body: &[u8]) -> bool {
    first_byte(body) == Some(b'{')
}

fn first_byte(body: &[u8]) -> Option<u8> {
    body.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}

/// Maximum characters of a body in a message.
const MAX_EXCERPT_CHARS: usize = 300;

/// Error body in one line: the title of a web page, or the first bytes of a body that is not text.
pub(crate) fn excerpt(body: &[u8]) -> String {
    match (excerpt::compression(body), first_byte(body)) {
        (Some(format), _) => format!("a {format} body"),
        (None, Some(b'<')) => format!("a web page: {}", title(body)),
        _ => match std::str::from_utf8(body) {
            Ok(text) => excerpt::line(text, MAX_EXCERPT_CHARS),
            Err(_) => BodyExcerpt::new(body).start,
        },
    }
}

fn title(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(title, _)| title);
    excerpt::line(title.unwrap_or(&text), MAX_EXCERPT_CHARS)
}

/// Number as exchanges send it: plain, in quotes, or null, which becomes NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LenientNumber(pub(crate) f64);

impl<'de> Deserialize<'de> for LenientNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = LenientNumber;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, plain or in quotes, or null")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<LenientNumber, E> {
        Ok(LenientNumber(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<LenientNumber, E> {
        Ok(LenientNumber(value as f64))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<LenientNumber, E> {
        Ok(LenientNumber(value as f64))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<LenientNumber, E> {
        value.parse().map(LenientNumber).map_err(|_| E::invalid_value(serde::de::Unexpected::Str(value), &self))
    }

    fn visit_unit<E: Error>(self) -> Result<LenientNumber, E> {
        Ok(LenientNumber(f64::NAN))
    }
}

/// Integer, plain or in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LenientInteger(pub(crate) i64);

impl<'de> Deserialize<'de> for LenientInteger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntegerVisitor)
    }
}

struct IntegerVisitor;

impl Visitor<'_> for IntegerVisitor {
    type Value = LenientInteger;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer, plain or in quotes")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<LenientInteger, E> {
        Ok(LenientInteger(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<LenientInteger, E> {
        i64::try_from(value)
            .map(LenientInteger)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(value), &self))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<LenientInteger, E> {
        value.parse().map(LenientInteger).map_err(|_| E::invalid_value(serde::de::Unexpected::Str(value), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_page_is_reported_with_its_title() {
        let page = b"<!DOCTYPE html>\n<html><head><title>Before\n you continue</title></head></html>";
        assert!(matches!(decode::<u8>(page), Err(SourceError::Html { title }) if title == "Before you continue"));
        assert!(matches!(decode::<u8>(b" \n"), Err(SourceError::Empty)));
        assert!(matches!(decode::<Vec<u8>>(b"[1,"), Err(SourceError::Json { source, .. }) if source.is_eof()));
    }

    #[test]
    fn invalid_text_is_an_error_even_in_skipped_strings() {
        #[derive(Debug, Deserialize)]
        struct Body {
            #[serde(rename = "a")]
            _a: u8,
        }
        assert!(decode::<Body>(br#"{"a":1,"b":"text"}"#).is_ok());
        assert!(matches!(decode::<Body>(b"{\"a\":1,\"b\":\"\xff\"}"), Err(SourceError::NotText { .. })));
    }

    #[test]
    fn an_excerpt_of_any_bytes_is_one_short_line() {
        assert_eq!(excerpt(b"Too Many\r\n Requests"), "Too Many Requests");
        assert!(excerpt("\u{20ac}".repeat(500).as_bytes()).chars().count() < 310);
        assert_eq!(excerpt(&[0xff, b'a']), "bytes ff 61");
        assert_eq!(excerpt(b"<html><title>Denied</title>"), "a web page: Denied");
        assert_eq!(excerpt(&[0x1f, 0x8b, 8]), "a gzip body");
        assert_eq!(excerpt(b""), "");
    }

    #[test]
    fn a_gzip_body_is_reported_with_its_first_bytes() {
        let error = decode::<u8>(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]).unwrap_err().to_string();
        assert_eq!(
            error,
            "answered a gzip body, though no compression was requested \
             (no content type, begins with bytes 1f 8b 08 00 00 00 00 00)"
        );
    }

    #[test]
    fn numbers_are_plain_in_quotes_or_null() {
        let numbers: Vec<LenientNumber> = decode(br#"[1, -2.5, "1904.77000000", null]"#).unwrap();
        assert_eq!(numbers[..3], [LenientNumber(1.0), LenientNumber(-2.5), LenientNumber(1904.77)]);
        assert!(numbers[3].0.is_nan());
        for bad in [&br#"["a"]"#[..], b"[[]]", b"[true]", br#"[""]"#] {
            assert!(matches!(decode::<Vec<LenientNumber>>(bad), Err(SourceError::Json { .. })), "{bad:?}");
        }
        assert_eq!(
            decode::<Vec<LenientInteger>>(br#"[1672531200, "-1"]"#).unwrap(),
            [LenientInteger(1_672_531_200), LenientInteger(-1)]
        );
        for bad in [&br#"["1.5"]"#[..], b"[1.5]", b"[null]", b"[18446744073709551615]"] {
            assert!(matches!(decode::<Vec<LenientInteger>>(bad), Err(SourceError::Json { .. })), "{bad:?}");
        }
    }
}
