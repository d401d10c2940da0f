//! Head of every page.

use crate::STYLE;
use askama::{Template, filters::HtmlSafe};

/// Content security policy of a page: it loads nothing and runs no script.
pub const PAGE_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// Beginning of a page, including its `head` element. A page's template includes it as `{{ head }}`.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "head.html")]
pub struct PageHead {
    title: String,
    description: String,
}

impl PageHead {
    /// Head of a page with this title, and this description for search engines.
    #[must_use]
    pub fn new(title: impl Into<String>, description: impl Into<String>) -> Self {
        Self { title: title.into(), description: description.into() }
    }
}

/// Escaped already by its template.
impl HtmlSafe for PageHead {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_its_metadata_and_loads_nothing() {
        let head = PageHead::new("a & <b>", "says \"<i>\"").to_string();
        assert!(head.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{head}");
        assert!(head.contains("<title>a &#38; &#60;b&#62;</title>") && head.contains(PAGE_SECURITY_POLICY), "{head}");
        assert!(head.contains("<meta name=\"description\" content=\"says &#34;&#60;i&#62;&#34;\">"), "{head}");
        assert!(head.contains("width=device-width, initial-scale=1") && head.contains("--card"), "{head}");
        for outside in ["http:", "https:", "<script", "@import", "url(", "refresh"] {
            assert!(!head.contains(outside), "{outside}");
        }
    }
}
