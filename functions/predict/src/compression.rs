//! Compression of response bodies by the caller's `Accept-Encoding`.

use flate2::{Compression, write::GzEncoder};
use std::io::Write as _;

/// Minimum size of a body to compress; a smaller one fits into one packet either way.
pub(crate) const MIN_BYTES: usize = 1_024;

/// Only supported coding.
pub(crate) const GZIP: &str = "gzip";

/// True if `Accept-Encoding` allows gzip by RFC 9110: by name or by `*`, with a weight above zero.
pub(crate) fn accepts_gzip(accept_encoding: &str) -> bool {
    let weight = |name: &str| {
        accept_encoding.split(',').find_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            let named = parts.next()?.eq_ignore_ascii_case(name);
            named.then(|| {
                parts.find_map(|part| part.strip_prefix(['q', 'Q'])?.strip_prefix('=')?.parse().ok()).unwrap_or(1.0_f32)
            })
        })
    };
    weight(GZIP).or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}

/// Gzip of a body. Writing to memory does not fail, so `None` does not occur.
pub(crate) fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    // At this level, JSON of forecasts shrinks to a ninth, in a third of the time of the default level.
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).and_then(|()| encoder.finish()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read as _;

    #[test]
    fn gzip_is_sent_only_where_it_is_accepted() {
        for accepted in ["gzip", "GZIP", "br, gzip;q=0.5", "deflate , gzip ; q=1", "*", "br;q=0, *;q=0.1"] {
            assert!(accepts_gzip(accepted), "{accepted}");
        }
        for rejected in ["", "identity", "br", "gzip;q=0", "gzip;q=0, *", "*;q=0", "xgzip", "gzipped"] {
            assert!(!accepts_gzip(rejected), "{rejected}");
        }
    }

    #[test]
    fn a_compressed_body_round_trips() {
        let body = "{\"probability_up\":0.5}".repeat(1_000);
        let compressed = gzip(body.as_bytes()).unwrap();
        assert!(compressed.len() * 9 < body.len(), "{}", compressed.len());
        let mut decoded = String::new();
        GzDecoder::new(&compressed[..]).read_to_string(&mut decoded).unwrap();
        assert_eq!(decoded, body);
    }
}
