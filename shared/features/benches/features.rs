//! Benchmark of the feature table: seconds for all rows of a history, and for one row of a bar window, with the code and
//! the profile that are deployed.
//!
//! `make bench-features` runs it beside TA-Lib and pandas. To run it alone on a CSV file of bars:
//! `cargo bench -p features --bench features -- FILE 1h [TABLE]`. It prints one JSON object. Times do not include reading
//! the file; the peak memory does. TABLE receives the features as little-endian doubles, row by row, each row after its
//! bar's open time in seconds.

use features::{FeatureRow, WARM_UP_BARS, WINDOW_BARS, feature_names, feature_rows, latest_feature_row};
use market_data::{
    Bar, Interval,
    csv::{self, CsvOptions},
    time::TimeBounds,
};
use serde_json::json;
use std::{env, error::Error, fs, hint::black_box, io, io::Write, time::Instant};

/// Number of runs over all rows, of which the fastest is reported.
const RUNS: usize = 5;
/// Number of windows, of whose last rows the median time is reported.
const WINDOWS: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds `--bench`.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [path, interval, table @ ..] = &arguments[..] else {
        writeln!(io::stdout().lock(), "no history file given; run `make bench-features`")?;
        return Ok(());
    };
    let interval: Interval = interval.parse()?;
    let options = CsvOptions { bounds: TimeBounds::STATED, format: None };
    let bars: Vec<Bar> = csv::read_bars(&fs::read(path)?, options)?.history(interval)?;
    if let [table] = table {
        let rows = feature_rows(&bars, interval);
        fs::write(table, to_bytes(&rows))?;
        writeln!(io::stdout().lock(), "{}", json!({ "rows": rows.iter().flatten().count() }))?;
        return Ok(());
    }

    let sizes = [8, 4, 2, 1].map(|part| bars.len() / part);
    let seconds = sizes.map(|size| fastest_run(&bars[..size], interval));
    let peak = observability::peak_memory_mb().ok_or("the peak memory is known on Linux only")?;
    let report = json!({
        "features": feature_names().len(),
        "rows": sizes,
        "seconds": seconds,
        "row_seconds": median_row(&bars, interval)?,
        "warm_up_bars": WARM_UP_BARS,
        "window_bars": WINDOW_BARS,
        "peak_mb": peak,
    });
    writeln!(io::stdout().lock(), "{report}")?;
    Ok(())
}

/// Seconds for all rows, of the fastest run.
fn fastest_run(bars: &[Bar], interval: Interval) -> f64 {
    let run = |_| {
        let start = Instant::now();
        let rows = feature_rows(black_box(bars), interval);
        let seconds = start.elapsed().as_secs_f64();
        drop(black_box(rows));
        seconds
    };
    (0..RUNS).map(run).fold(f64::INFINITY, f64::min)
}

/// Median seconds for the last row of a window.
fn median_row(bars: &[Bar], interval: Interval) -> Result<f64, Box<dyn Error>> {
    let mut seconds: Vec<f64> = bars
        .windows(WINDOW_BARS)
        .rev()
        .take(WINDOWS)
        .map(|window| {
            let start = Instant::now();
            black_box(latest_feature_row(black_box(window), interval));
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    Ok(*seconds.get(seconds.len() / 2).ok_or("the history is shorter than a window")?)
}

fn to_bytes(rows: &[Option<FeatureRow>]) -> Vec<u8> {
    rows.iter()
        .flatten()
        .flat_map(|row| {
            #[expect(clippy::cast_precision_loss, reason = "seconds of this century are below 2^53")]
            let time = row.time.as_second() as f64;
            std::iter::once(time).chain(row.values.iter().copied()).flat_map(f64::to_le_bytes)
        })
        .collect()
}
