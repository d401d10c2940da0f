//! What must hold whatever bytes a source sends.

use market_data::{Interval, bar::check_sequence, quality::{Frame, screen}};
use jiff::Timestamp;
use exchanges::SourceName;

/// Parses `body` as an answer of `source` and screens its rows: neither may panic, and the bars that are left are valid,
/// closed, inside the range, ascending and one per time.
pub fn parse_and_screen(source: SourceName, body: &[u8]) {
    let Ok(rows) = source.rows(body) else { return };
    for interval in [Interval::Day, Interval::Hour] {
        // Around the times of the seeds, and everything there is.
        for (from, to) in [(1_672_531_200, 1_704_067_200), (0, 4_102_444_800)] {
            let second = |second| Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
            let (from, to) = (second(from), second(to));
            let frame = Frame { source: source.as_str(), interval, from, to, known: to, present: to, recent: &[] };
            if let Ok(screened) = screen(rows.clone(), &frame) {
                assert!(check_sequence(&screened.bars, interval).is_ok());
                assert!(screened.bars.iter().all(|bar| bar.time >= from && bar.time < to));
            }
        }
    }
}
