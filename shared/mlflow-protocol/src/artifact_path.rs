//! Confined paths of artifacts.

use crate::{ApiError, Result};
use std::fmt;

/// Characters of a whole path: S3's keys have at most 1,024 bytes, of which a prefix needs some.
const MAX_BYTES: usize = 900;

/// Relative path of clean parts: no `.` or `..`, no backslash, no control character, no scheme, nothing encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactPath(String);

impl ArtifactPath {
    /// Path from the part of an address behind the route, which may be percent-encoded once; empty for the root.
    ///
    /// # Errors
    /// The path leaves its root, is absolute, or is encoded twice.
    pub fn from_address(text: &str) -> Result<Self> {
        let decoded = percent_decode(text).ok_or_else(|| refusal(text))?;
        // A second layer would be decoded by the next reader.
        match percent_decode(&decoded) {
            Some(again) if again == decoded => Self::new(&decoded),
            _ => Err(refusal(text)),
        }
    }

    /// Path from a decoded text; empty for the root.
    ///
    /// # Errors
    /// The path leaves its root or is absolute.
    pub fn new(text: &str) -> Result<Self> {
        let path = text.strip_suffix('/').unwrap_or(text);
        if path.is_empty() && text.is_empty() {
            return Ok(Self(String::new()));
        }
        // A part that ends with a colon would be a scheme or a drive to some readers.
        let is_clean = |part: &str| {
            !matches!(part, "" | "." | "..")
                && !part.ends_with(':')
                && !part.contains(['\\', '#', '?'])
                && !part.chars().any(char::is_control)
        };
        if path.len() > MAX_BYTES || !path.split('/').all(is_clean) {
            return Err(refusal(text));
        }
        Ok(Self(path.to_owned()))
    }

    /// Text of the path, without slashes at its ends.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Parts of the path; none for the root.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn refusal(text: &str) -> ApiError {
    let shown: String = text.chars().take(100).collect();
    ApiError::invalid(format!("Invalid path: '{}' is not a clean relative path", shown.escape_debug()))
}

/// The text with each `%XX` replaced by its byte; `None` if that is no UTF-8. A `%` that begins no escape stays.
fn percent_decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = |offset: usize| bytes.get(at + offset).and_then(|digit| char::from(*digit).to_digit(16));
        match (byte, hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).ok()?);
                at += 3;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn clean_paths_are_accepted() {
        for (text, path) in [
            ("", ""),
            ("1/r/artifacts/model/MLmodel", "1/r/artifacts/model/MLmodel"),
            ("a%20b/c", "a b/c"),
            ("dir/", "dir"),
            ("100%/x", "100%/x"),
            ("..a/b..", "..a/b.."),
        ] {
            assert_eq!(ArtifactPath::from_address(text).map(|path| path.0), Ok(path.to_owned()), "{text}");
        }
    }

    /// The classes of CVE-2023-1177, CVE-2025-11201 and CVE-2026-2614.
    #[test]
    fn paths_that_leave_their_root_are_rejected() {
        for text in [
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a/..",
            "..",
            ".",
            "a/./b",
            "a//b",
            "//x",
            "/",
            "%2e%2e/x",
            "%2E%2e%2fx",
            "a/%2e%2e/b",
            "%252e%252e/x",
            "%25252e/x",
            "..%2fx",
            "..%5cx",
            "..\\x",
            "a\\b",
            "file:/etc/passwd",
            "file:///etc/passwd",
            "s3://other/key",
            "C:/x",
            "c:\\x",
            "a/C:/x",
            "a/file:/b",
            "a%00b",
            "a\u{1}b",
            "http://host/x",
            "a#b",
            "a?b",
            "%ff",
        ] {
            assert!(ArtifactPath::from_address(text).is_err(), "{text}");
        }
        assert!(ArtifactPath::new(&"x/".repeat(600)).is_err());
    }

    proptest! {
        #[test]
        fn an_accepted_path_has_clean_parts_only(text in "[a-z./%25c\\\\:]{0,24}") {
            if let Ok(path) = ArtifactPath::from_address(&text) {
                prop_assert!(path.parts().all(|part| part != ".." && part != "." && !part.contains('\\')));
                prop_assert!(!path.as_str().starts_with('/') && !path.as_str().ends_with('/'));
                prop_assert_eq!(ArtifactPath::from_address(path.as_str()), Ok(path.clone()));
            }
        }
    }
}
