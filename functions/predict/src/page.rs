//! Problems as pages, for people who followed a link.

use crate::problem::Problem;
use askama::Template;
use web::PageHead;

/// A problem on a page of its own.
#[derive(Debug, Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    head: PageHead,
    title: &'static str,
    detail: &'a str,
}

/// Page of a problem.
///
/// # Errors
/// None: it consists of text.
pub(crate) fn html(problem: &Problem) -> Result<String, askama::Error> {
    let title = problem.kind.title();
    ProblemPage { head: PageHead::new(format!("Weathervane: {title}"), title), title, detail: &problem.detail }.render()
}

/// True if an `Accept` header names pages, as that of a browser does and that of a program does not.
pub(crate) fn is_wanted(accept: Option<&str>) -> bool {
    let media = |range: &str| range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/html");
    accept.is_some_and(|accept| accept.split(',').any(media))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemKind;

    #[test]
    fn only_an_accept_header_with_html_asks_for_a_page() {
        for accept in ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "image/png, Text/HTML;q=0.9"] {
            assert!(is_wanted(Some(accept)), "{accept}");
        }
        for accept in [None, Some("*/*"), Some("application/json"), Some("text/*"), Some("")] {
            assert!(!is_wanted(accept), "{accept:?}");
        }
    }

    #[test]
    fn a_page_of_a_problem_says_what_is_wrong_and_escapes_it() {
        let page = html(&Problem::new(ProblemKind::UnknownReport, "there is no <b>")).unwrap();
        assert!(
            page.contains("<h1>There is no such report</h1>") && page.contains("there is no &#60;b&#62;."),
            "{page}"
        );
    }
}
