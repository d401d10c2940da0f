//! How long a million bars take from a source's bytes to the lake and back, by the code and in the profile that ship.
//!
//! `make bench-ingest` makes the pages and runs this beside pandas. Alone, for any file of Coinbase's pages, one a line:
//! `cargo bench -p ingest --bench ingest -- "$PWD/build/bench/coinbase_1000000.jsonl"`. Prints one JSON object with the
//! seconds of each phase; reading the file counts in none.

use domain::{
    Interval,
    observation::Kept,
    origin::{History, Origin},
    quality::{Flags, Frame, Row, screen},
};
use jiff::Timestamp;
use market::SourceName;
use serde_json::json;
use std::{
    env,
    error::Error,
    fs,
    io::{self, Write},
    time::Instant,
};

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds `--bench`.
    let Some(path) = env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        writeln!(io::stdout().lock(), "no pages were named: `make bench-ingest` makes them")?;
        return Ok(());
    };
    let file = fs::read(path)?;
    let pages = file.split(|byte| *byte == b'\n').filter(|page| !page.is_empty());
    let report = run(pages)?;
    writeln!(io::stdout().lock(), "{report}")?;
    Ok(())
}

fn run<'a>(pages: impl Iterator<Item = &'a [u8]>) -> Result<serde_json::Value, Box<dyn Error>> {
    let end: Timestamp = "2100-01-01T00:00:00Z".parse()?;
    let frame = Frame {
        source: "coinbase",
        interval: Interval::Hour,
        from: Timestamp::UNIX_EPOCH,
        to: end,
        known: end,
        present: end,
        recent: &[],
    };
    let mut lap = laps();

    let mut rows: Vec<Row> = Vec::new();
    for page in pages {
        rows.extend(SourceName::Coinbase.rows(page)?);
    }
    let parse_seconds = lap();
    let bars = screen(rows, &frame)?.bars;
    let screen_seconds = lap();
    let written = {
        let origin = Origin::new("coinbase", History::Live);
        let keep = |bar| Kept { bar, origin: origin.clone(), revision: 0, flags: Flags::NONE };
        let kept: Vec<Kept> = bars.into_iter().map(keep).collect();
        lake::write_bars(&kept)?
    };
    let write_seconds = lap();
    let read = lake::read_bars(&written)?;
    let read_seconds = lap();

    Ok(json!({
        "parse": parse_seconds,
        "screen": screen_seconds,
        "write": write_seconds,
        "read": read_seconds,
        "peak_mb": peak_mb()?,
        "file_mb": written.len() as f64 / 1e6,
        "bars": read.len(),
        "closes": read.iter().map(|bar| bar.close).sum::<f64>(),
        "volumes": read.iter().map(|bar| bar.volume).sum::<f64>(),
    }))
}

/// The seconds since the last call.
fn laps() -> impl FnMut() -> f64 {
    let mut last = Instant::now();
    move || {
        let seconds = last.elapsed().as_secs_f64();
        last = Instant::now();
        seconds
    }
}

/// The most memory that the process has had so far, in MiB, as Linux tells it.
fn peak_mb() -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("the process has no VmHWM")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes / 1024.0)
}
