//! The start of an answer, for the messages that say what came instead of bars.

use std::fmt;

/// The most characters, or bytes of what is no text, that a message shows.
const MAX_TEXT: usize = 120;
const MAX_BYTES: usize = 8;

/// The content type of an answer and the start of its body, in one line of printable characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Content type by the answer's header; none without one.
    pub content_type: Option<String>,
    /// Start of the body, text in backticks, other bytes in hexadecimal digits.
    pub start: String,
}

impl Seen {
    /// The start of `body`.
    pub(crate) fn of(body: &[u8]) -> Self {
        let start = match std::str::from_utf8(body) {
            Ok(text) => format!("`{}`", line(text, MAX_TEXT)),
            Err(_) => {
                let digits: Vec<String> = body.iter().take(MAX_BYTES).map(|byte| format!("{byte:02x}")).collect();
                format!("bytes {}", digits.join(" "))
            }
        };
        Self { content_type: None, start }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content_type = self.content_type.as_deref().unwrap_or("no content type");
        write!(f, "{content_type}, begins with {}", self.start)
    }
}

/// The compression of a body by its first bytes, if it is one of the usual ones.
pub(crate) fn compression(body: &[u8]) -> Option<&'static str> {
    const FORMATS: [(&[u8], &str); 3] =
        [(&[0x1f, 0x8b], "gzip"), (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"), (b"PK\x03\x04", "zip")];
    FORMATS.iter().find(|(magic, _)| body.starts_with(magic)).map(|(_, name)| *name)
}

/// Text as one line of at most `longest` printable characters; whatever else is in it is replaced.
pub(crate) fn line(text: &str, longest: usize) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let printable = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut line: String = words.chars().take(longest).map(printable).collect();
    if words.chars().nth(longest).is_some() {
        line.push_str("...");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_one_printable_line() {
        let shown = |body: &[u8]| Seen::of(body).to_string();
        assert_eq!(shown(b"{\"a\":\r\n \x1b[31m1}"), "no content type, begins with `{\"a\": \u{fffd}[31m1}`");
        assert_eq!(shown(&[0x1f, 0x8b, 8, 0, 0]), "no content type, begins with bytes 1f 8b 08 00 00");
        assert!(shown("\u{20ac}".repeat(500).as_bytes()).ends_with("\u{20ac}...`"));
        let typed = Seen { content_type: Some("text/plain".to_owned()), ..Seen::of(b"no") };
        assert_eq!(typed.to_string(), "text/plain, begins with `no`");
    }

    #[test]
    fn a_compressed_body_is_known_by_its_first_bytes() {
        assert_eq!(compression(&[0x1f, 0x8b, 8]), Some("gzip"));
        assert_eq!(compression(b"PK\x03\x04..."), Some("zip"));
        assert_eq!(compression(b"[[1,2]]"), None);
        assert_eq!(compression(b""), None);
    }
}
