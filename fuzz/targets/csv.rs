#![no_main]
//! CSV files of bars: a first line with the name of a format or nothing, then the text.

use market_data::{
    Interval,
    bar::validate_bars,
    csv::{CsvFormat, CsvOptions, read_bars},
    time::TimeBounds,
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let format: Option<CsvFormat> = str::from_utf8(&data[..end]).ok().and_then(|name| name.parse().ok());
    let options = CsvOptions { bounds: TimeBounds::STATED, format };
    let bars = match read_bars(data.get(end + 1..).unwrap_or_default(), options) {
        Ok(bars) => bars,
        Err(error) => return assert!(error.to_string().len() < 10_000),
    };
    assert!(bars.rows.iter().all(|(line, bar)| *line > 0 && options.bounds.contains(bar.time)));
    assert!(format.is_none_or(|format| format == bars.format));
    assert!(!bars.description().is_empty());
    for interval in [Interval::Day, Interval::Hour] {
        if let Ok(history) = bars.clone().history(interval) {
            assert!(validate_bars(&history, interval).is_ok());
            assert_eq!(history.len(), bars.rows.len());
        }
    }
});
