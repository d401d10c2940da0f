//! Object keys and paths of score reports.

use aws::keys;
use jiff::Timestamp;
use market_data::Series;

/// Format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// HTML page.
    Html,
    /// Data of the page, as JSON.
    Json,
}

impl ReportFormat {
    const fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Json => "json",
        }
    }
}

/// Name of the newest report.
pub const LATEST: &str = "latest";

/// Key and format of the report of `series` whose path ends in `name`. A name is `latest` or a time such as
/// `2023-11-05T010203Z`, followed by `.json` for JSON. Any other name is `None`, so that no other object can be read.
#[must_use]
pub fn key(series: &Series, name: &str) -> Option<(String, ReportFormat)> {
    let (stamp, format) = match name.strip_suffix(".json") {
        Some(stamp) => (stamp, ReportFormat::Json),
        None => (name, ReportFormat::Html),
    };
    let key = if stamp == LATEST {
        keys::latest_report(series).replace(".json", &format!(".{}", format.extension()))
    } else {
        keys::report(series, time(stamp)?, format.extension())
    };
    Some((key, format))
}

/// Path of the page whose object key is `key`, relative to the root of the service. `None` if it is no report of `series`.
#[must_use]
pub fn path(series: &Series, key: &str) -> Option<String> {
    let (folder, name) = key.rsplit_once('/')?;
    let name = name.strip_suffix(".html").or_else(|| name.strip_suffix(".json"))?;
    let (newest, _) = self::key(series, LATEST)?;
    (newest.rsplit_once('/')?.0 == folder && (name == LATEST || time(name).is_some()))
        .then(|| format!("{folder}/{name}"))
}

/// Time of a name. The name must equal the one that `score` would write.
fn time(stamp: &str) -> Option<Timestamp> {
    let (date, clock) = stamp.strip_suffix('Z')?.split_once('T')?;
    if clock.len() != 6 || !clock.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let time: Timestamp = format!("{date}T{}:{}:{}Z", &clock[..2], &clock[2..4], &clock[4..]).parse().ok()?;
    // The parser accepts other forms, such as a signed year or a leap second.
    (time.strftime("%Y-%m-%dT%H%M%SZ").to_string() == stamp).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Series {
        "eth-usd-1d-h1".parse().unwrap()
    }

    #[test]
    fn a_path_names_the_object_that_score_wrote() {
        let cases = [
            ("latest", "reports/eth-usd-1d-h1/latest.html", ReportFormat::Html),
            ("latest.json", "reports/eth-usd-1d-h1/latest.json", ReportFormat::Json),
            ("2023-11-05T010203Z", "reports/eth-usd-1d-h1/2023-11-05T010203Z.html", ReportFormat::Html),
            ("2024-02-29T235959Z.json", "reports/eth-usd-1d-h1/2024-02-29T235959Z.json", ReportFormat::Json),
        ];
        for (name, expected, format) in cases {
            assert_eq!(key(&series(), name), Some((expected.to_owned(), format)), "{name}");
        }
    }

    #[test]
    fn no_other_name_is_a_report() {
        let names = [
            "",
            "LATEST",
            "latest.html",
            "latest.json.json",
            "2023-11-05",
            "2023-11-05T010203",
            "2023-11-05T01:02:03Z",
            "2023-11-05T010203z",
            "2023-11-05t010203Z",
            "2023-11-5T010203Z",
            "2023-02-30T010203Z",
            "2023-11-05T250203Z",
            "2023-11-05T015960Z",
            "+002023-11-05T010203Z",
            "20231105T010203Z",
            "2023-11-05T010203Z.html",
            "2023-11-05T010203Z/..",
            "../latest",
            "..%2Flatest",
            "2023-11-05T01\u{0662}203Z",
            " 2023-11-05T010203Z",
        ];
        for name in names {
            assert_eq!(key(&series(), name), None, "{name}");
        }
    }

    #[test]
    fn only_a_report_of_the_series_has_a_page() {
        let page = "reports/eth-usd-1d-h1/2023-11-05T010203Z";
        for extension in ["html", "json"] {
            assert_eq!(path(&series(), &format!("{page}.{extension}")).as_deref(), Some(page));
        }
        let others = [
            "reports/eth-usd-1d-h7/2023-11-05T010203Z.html",
            "models/eth-usd-1d-h1/2023-11-05T010203Z.html",
            "javascript:alert(1)/latest.html",
            "reports/eth-usd-1d-h1/\"><script>.html",
            "",
        ];
        for key in others {
            assert_eq!(path(&series(), key), None, "{key}");
        }
    }
}
