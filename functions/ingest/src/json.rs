//! Decoding of answers that should be JSON and often are not.

use crate::error::SourceError;
use serde::de::DeserializeOwned;

/// Decodes a body; says so when it is empty or a web page.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, SourceError> {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err(SourceError::Empty),
        Some(b'<') => Err(SourceError::Html { title: title(body) }),
        Some(_) => serde_json::from_slice(body).map_err(|source| SourceError::Json { source }),
    }
}

/// The start of a body in one line, for messages.
pub(crate) fn excerpt(body: &[u8]) -> String {
    const LONGEST: usize = 300;
    let text = String::from_utf8_lossy(body);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

fn title(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(title, _)| title);
    excerpt(title.unwrap_or(&text).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_page_is_named_by_its_title() {
        let page = b"<!DOCTYPE html>\n<html><head><title>Before\n you continue</title></head></html>";
        assert!(matches!(decode::<u8>(page), Err(SourceError::Html { title }) if title == "Before you continue"));
        assert!(matches!(decode::<u8>(b" \n"), Err(SourceError::Empty)));
        assert!(matches!(decode::<Vec<u8>>(b"[1,"), Err(SourceError::Json { source }) if source.is_eof()));
    }

    #[test]
    fn an_excerpt_is_one_short_line_whatever_the_bytes() {
        assert_eq!(excerpt(b"Too Many\r\n Requests"), "Too Many Requests");
        assert!(excerpt("\u{20ac}".repeat(500).as_bytes()).chars().count() < 310);
        assert_eq!(excerpt(&[0xff, b'a']), "\u{fffd}a");
    }
}
