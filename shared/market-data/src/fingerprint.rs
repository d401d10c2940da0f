//! Fingerprint of a sequence of bars.

use crate::Bar;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Hex SHA-256 over the bars' canonical bytes. Two runs with the same hash used the same numbers in the same order.
///
/// The bytes of a bar are the open time as i64 seconds, then open, high, low, close and volume as f64, all little-endian.
///
/// ```
/// # use market_data::fingerprint::dataset_hash;
/// assert!(dataset_hash(&[]).starts_with("e3b0c44298fc1c14"), "SHA-256 of nothing");
/// ```
#[must_use]
pub fn dataset_hash(bars: &[Bar]) -> String {
    let mut hasher = Sha256::new();
    for bar in bars {
        hasher.update(bar.time.as_second().to_le_bytes());
        for value in [bar.open, bar.high, bar.low, bar.close, bar.volume] {
            hasher.update(value.to_le_bytes());
        }
    }
    hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn the_hash_matches_python_and_depends_on_every_field() {
        let bar = Bar { time: Timestamp::UNIX_EPOCH, open: 1.0, high: 2.5, low: 0.5, close: 2.0, volume: 0.1 };
        // Python 3 hashlib: sha256(struct.pack("<q5d", 0, 1.0, 2.5, 0.5, 2.0, 0.1)).hexdigest()
        assert_eq!(dataset_hash(&[bar]), "b993e4654dc9b780ebfb1502bc61c2706edb5f201a525b330ff0cfbd1720d8b6");
        let later = Bar { time: Timestamp::from_second(1).unwrap(), ..bar };
        let changed = [
            later,
            Bar { open: 1.1, ..bar },
            Bar { high: 2.6, ..bar },
            Bar { low: 0.4, ..bar },
            Bar { close: 2.1, ..bar },
            Bar { volume: 0.2, ..bar },
        ];
        for other in changed {
            assert_ne!(dataset_hash(&[other]), dataset_hash(&[bar]));
        }
        assert_ne!(dataset_hash(&[bar, later]), dataset_hash(&[later, bar]));
    }
}
