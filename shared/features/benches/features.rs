//! How long the features of a history take, and how long one row from the window, by the code and in the profile that
//! ship.
//!
//! `make bench-features` runs this beside TA-Lib and pandas. Alone, for any file of bars with the columns
//! timestamp,open,high,low,close,volume: `cargo bench -p domain --bench features -- FILE 1h [TABLE]`. Prints one JSON
//! object; reading the file counts in no time, and is in the peak memory. TABLE gets the features as little-endian
//! doubles, row by row, each row behind its bar's open time in seconds.

use features::{FeatureRow, WARM_UP_BARS, WINDOW_BARS, feature_names, feature_rows, latest_feature_row};
use market_data::{
    Bar, Interval,
    csv::{self, CsvOptions},
    time::TimeBounds,
};
use serde_json::json;
use std::{env, error::Error, fs, hint::black_box, io, io::Write, time::Instant};

/// The fastest of so many counts.
const RUNS: usize = 5;
/// The median of so many rows, each from another window.
const ROWS: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds `--bench`.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [path, interval, table @ ..] = &arguments[..] else {
        writeln!(io::stdout().lock(), "no history was named: `make bench-features` names one")?;
        return Ok(());
    };
    let interval: Interval = interval.parse()?;
    let options = CsvOptions { bounds: TimeBounds::STATED, format: None };
    let bars: Vec<Bar> = csv::read_bars(&fs::read(path)?, options)?.history(interval)?;
    if let [table] = table {
        let rows = feature_rows(&bars, interval);
        fs::write(table, bytes(&rows))?;
        writeln!(io::stdout().lock(), "{}", json!({ "rows": rows.iter().flatten().count() }))?;
        return Ok(());
    }

    let sizes = [8, 4, 2, 1].map(|part| bars.len() / part);
    let seconds = sizes.map(|size| fastest(&bars[..size], interval));
    let peak = peak_mb()?;
    let report = json!({
        "features": feature_names().len(),
        "rows": sizes,
        "seconds": seconds,
        "row_seconds": one_row(&bars, interval)?,
        "warm_up_bars": WARM_UP_BARS,
        "window_bars": WINDOW_BARS,
        "peak_mb": peak,
    });
    writeln!(io::stdout().lock(), "{report}")?;
    Ok(())
}

/// The fewest seconds for all rows.
fn fastest(bars: &[Bar], interval: Interval) -> f64 {
    let run = |_| {
        let start = Instant::now();
        let rows = feature_rows(black_box(bars), interval);
        let seconds = start.elapsed().as_secs_f64();
        drop(black_box(rows));
        seconds
    };
    (0..RUNS).map(run).fold(f64::INFINITY, f64::min)
}

/// The median seconds for the last row of a window.
fn one_row(bars: &[Bar], interval: Interval) -> Result<f64, Box<dyn Error>> {
    let mut seconds: Vec<f64> = bars
        .windows(WINDOW_BARS)
        .rev()
        .take(ROWS)
        .map(|window| {
            let start = Instant::now();
            black_box(latest_feature_row(black_box(window), interval));
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    Ok(*seconds.get(seconds.len() / 2).ok_or("the history is shorter than a window")?)
}

fn bytes(rows: &[Option<FeatureRow>]) -> Vec<u8> {
    rows.iter()
        .flatten()
        .flat_map(|row| {
            #[expect(clippy::cast_precision_loss, reason = "seconds of this century are below 2^53")]
            let time = row.time.as_second() as f64;
            std::iter::once(time).chain(row.values.iter().copied()).flat_map(f64::to_le_bytes)
        })
        .collect()
}

/// The most memory that the process has had so far, in MB of 10^6 bytes, as Linux tells it.
fn peak_mb() -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("the process has no VmHWM")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024.0 / 1e6)
}
