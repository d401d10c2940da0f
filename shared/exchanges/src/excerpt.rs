//! Excerpt of a response body for error messages.

use std::fmt;

/// Maximum characters of a text in a message.
const MAX_TEXT_CHARS: usize = 120;
/// Maximum bytes of a body that is not text.
const MAX_BYTES: usize = 8;

/// Content type of a response and start of its body, in one line of printable characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BodyExcerpt {
    /// Content type header, if there is one.
    pub content_type: Option<String>,
    /// Start of the body: text in backticks, other bytes in hexadecimal digits.
    pub start: String,
}

impl BodyExcerpt {
    /// Excerpt of `body`, without its content type.
    pub(crate) fn new(body: &[u8]) -> Self {
        let start = match std::str::from_utf8(body) {
            Ok(text) => format!("`{}`", line(text, MAX_TEXT_CHARS)),
            Err(_) => {
                let digits: Vec<String> = body.iter().take(MAX_BYTES).map(|byte| format!("{byte:02x}")).collect();
                format!("bytes {}", digits.join(" "))
            }
        };
        Self { content_type: None, start }
    }
}

impl fmt::Display for BodyExcerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content_type = self.content_type.as_deref().unwrap_or("no content type");
        write!(f, "{content_type}, begins with {}", self.start)
    }
}

/// Compression of a body by its first bytes, if it is a common one.
pub(crate) fn compression(body: &[u8]) -> Option<&'static str> {
    const FORMATS: [(&[u8], &str); 3] =
        [(&[0x1f, 0x8b], "gzip"), (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"), (b"PK\x03\x04", "zip")];
    FORMATS.iter().find(|(magic, _)| body.starts_with(magic)).map(|(_, name)| *name)
}

/// Text as one line of at most `max_chars` characters; control characters are replaced.
pub(crate) fn line(text: &str, max_chars: usize) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let printable = |char: char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char };
    let mut line: String = words.chars().take(max_chars).map(printable).collect();
    if words.chars().nth(max_chars).is_some() {
        line.push_str("...");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_printable_line() {
        let text = |body: &[u8]| BodyExcerpt::new(body).to_string();
        assert_eq!(text(b"{\"a\":\r\n \x1b[31m1}"), "no content type, begins with `{\"a\": \u{fffd}[31m1}`");
        assert_eq!(text(&[0x1f, 0x8b, 8, 0, 0]), "no content type, begins with bytes 1f 8b 08 00 00");
        assert!(text("\u{20ac}".repeat(500).as_bytes()).ends_with("\u{20ac}...`"));
        let with_type = BodyExcerpt { content_type: Some("text/plain".to_owned()), ..BodyExcerpt::new(b"no") };
        assert_eq!(with_type.to_string(), "text/plain, begins with `no`");
    }

    #[test]
    fn a_compressed_body_is_detected_by_its_first_bytes() {
        assert_eq!(compression(&[0x1f, 0x8b, 8]), Some("gzip"));
        assert_eq!(compression(b"PK\x03\x04..."), Some("zip"));
        assert_eq!(compression(b"[[1,2]]"), None);
        assert_eq!(compression(b""), None);
    }
}
