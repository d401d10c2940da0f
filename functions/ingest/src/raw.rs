//! Archive of the sources' raw answers, for replay and audit.

use exchanges::{BarRequest, RawPage, SourceName};
use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Archive<'a> {
    source: &'a str,
    pages: Vec<ArchivedPage<'a>>,
}

#[derive(Serialize)]
struct ArchivedPage<'a> {
    url: &'a str,
    body: &'a str,
}

/// Encodes all answers of one fetch as gzipped JSON: the same bytes for the same answers. Only answers that were decoded as JSON
/// get here, so each body is UTF-8.
///
/// # Errors
/// A body is not UTF-8.
pub(crate) fn archive(source: SourceName, pages: &[RawPage]) -> io::Result<Vec<u8>> {
    let pages = pages
        .iter()
        .map(|page| {
            let body = std::str::from_utf8(&page.body).map_err(io::Error::other)?;
            Ok(ArchivedPage { url: &page.url, body })
        })
        .collect::<io::Result<Vec<_>>>()?;
    // The header's time stays 0, so that a repeat overwrites with the same bytes.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut encoder, &Archive { source: source.as_str(), pages })?;
    encoder.flush()?;
    encoder.finish()
}

/// Id of a fetch, equal for a repeated one: as of, from and to, `20230104T000000Z_20230101T000000Z_20230104T000000Z`.
#[must_use]
pub(crate) fn fetch_id(request: &BarRequest) -> String {
    let compact = |time: Timestamp| time.strftime("%Y%m%dT%H%M%SZ").to_string();
    format!("{}_{}_{}", compact(request.as_of), compact(request.from), compact(request.to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use market_data::Interval;
    use std::io::Read;

    #[test]
    fn an_archive_holds_the_answers_byte_for_byte() {
        let pages = [RawPage { url: "https://x/candles?a=1".to_owned(), body: b"[[1, 2.50]]\n".to_vec() }];
        let bytes = archive(SourceName::Coinbase, &pages).unwrap();
        assert_eq!(bytes, archive(SourceName::Coinbase, &pages).unwrap());
        let mut text = String::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, r#"{"source":"coinbase","pages":[{"url":"https://x/candles?a=1","body":"[[1, 2.50]]\n"}]}"#);
    }

    #[test]
    fn a_fetch_id_has_as_of_from_and_to() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (from, to) = (at("2023-01-01T00:00:00Z"), at("2023-01-04T00:00:00Z"));
        let symbol = "ETH-USD".parse().unwrap();
        let request = BarRequest { symbol, interval: Interval::Day, from, to, as_of: to, wall_clock: to };
        assert_eq!(fetch_id(&request), "20230104T000000Z_20230101T000000Z_20230104T000000Z");
    }
}
