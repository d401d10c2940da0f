//! Properties of the parsers and validation of sources, for any bytes.

use exchanges::SourceName;
use jiff::Timestamp;
use market_data::{
    Interval,
    bar::validate_bars,
    quality::{ValidationContext, validate_rows},
};

/// Parses `body` as a response of `source` and validates its rows. Neither may panic, and the resulting bars are valid,
/// closed, inside the range, ascending and one per time.
pub fn parse_and_validate(source: SourceName, body: &[u8]) {
    let Ok(rows) = source.rows(body) else { return };
    for interval in [Interval::Day, Interval::Hour] {
        // The year of the seeds, and the longest range.
        for (from, to) in [(1_672_531_200, 1_704_067_200), (0, 4_102_444_800)] {
            let time = |second| Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
            let (from, to) = (time(from), time(to));
            let context =
                ValidationContext { source: source.as_str(), interval, from, to, as_of: to, now: to, recent: &[] };
            if let Ok(validated) = validate_rows(rows.clone(), &context) {
                assert!(validate_bars(&validated.bars, interval).is_ok());
                assert!(validated.bars.iter().all(|bar| bar.time >= from && bar.time < to));
            }
        }
    }
}
