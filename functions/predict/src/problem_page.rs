//! Problem as an HTML page, for people who followed a link.

use crate::problem::Problem;
use askama::Template;
use web::PageHead;

/// Page of one problem.
#[derive(Debug, Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    head: PageHead,
    title: &'static str,
    detail: &'a str,
}

/// Renders the page of a problem.
///
/// # Errors
/// None: the page consists of text.
pub(crate) fn html(problem: &Problem) -> Result<String, askama::Error> {
    let title = problem.kind.title();
    ProblemPage { head: PageHead::new(format!("Weathervane: {title}"), title), title, detail: &problem.detail }.render()
}

/// True if an `Accept` header names HTML. A browser names it; a program does not.
pub(crate) fn accepts_html(accept: Option<&str>) -> bool {
    let media = |range: &str| range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/html");
    accept.is_some_and(|accept| accept.split(',').any(media))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemKind;

    #[test]
    fn only_an_accept_header_that_names_html_accepts_it() {
        for accept in ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "image/png, Text/HTML;q=0.9"] {
            assert!(accepts_html(Some(accept)), "{accept}");
        }
        for accept in [None, Some("*/*"), Some("application/json"), Some("text/*"), Some("")] {
            assert!(!accepts_html(accept), "{accept:?}");
        }
    }

    #[test]
    fn the_page_of_a_problem_shows_its_escaped_detail() {
        let page = html(&Problem::new(ProblemKind::UnknownReport, "there is no <b>")).unwrap();
        assert!(
            page.contains("<h1>There is no such report</h1>") && page.contains("there is no &#60;b&#62;."),
            "{page}"
        );
    }
}
