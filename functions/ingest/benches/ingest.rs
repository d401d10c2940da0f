//! Time of a million bars from a source's bytes to the lake and back, by the code and in the profile that ship.
//! The rest of an ingest (failover, observations, flags, the quality report) is in `make bench-backfill`.
//!
//! `make bench-ingest` makes the pages and runs this beside pandas. Alone, for any file of Coinbase's pages, one a line,
//! with an empty line after each year: `cargo bench -p ingest --bench ingest -- FILE`. Prints one JSON object with the
//! seconds of each phase; reading the file counts in none.

use exchanges::SourceName;
use jiff::Timestamp;
use market_data::{
    Interval,
    observation::ResolvedBar,
    origin::{Origin, Provenance},
    quality::{Flags, RawRow, ValidationContext, validate_rows},
};
use observability::peak_memory_mb;
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
    let mut report = Report::default();
    let mut years = Vec::new();
    for line in file.split(|byte| *byte == b'\n') {
        match line {
            [] => report.year(&std::mem::take(&mut years))?,
            page => years.push(page),
        }
    }
    writeln!(io::stdout().lock(), "{}", report.json()?)?;
    Ok(())
}

/// Seconds by phase, and what came out.
#[derive(Debug, Default)]
struct Report {
    parse: f64,
    screen: f64,
    write: f64,
    read: f64,
    bytes: usize,
    bars: usize,
    closes: f64,
    volumes: f64,
}

impl Report {
    /// The pages of one year, through the code that ingest runs for each.
    fn year(&mut self, pages: &[&[u8]]) -> Result<(), Box<dyn Error>> {
        if pages.is_empty() {
            return Ok(());
        }
        let end: Timestamp = "2100-01-01T00:00:00Z".parse()?;
        let frame = ValidationContext {
            source: "coinbase",
            interval: Interval::Hour,
            from: Timestamp::UNIX_EPOCH,
            to: end,
            as_of: end,
            now: end,
            recent: &[],
        };
        let mut lap = laps();

        let mut rows: Vec<RawRow> = Vec::new();
        for page in pages {
            rows.extend(SourceName::Coinbase.rows(page)?);
        }
        self.parse += lap();
        let bars = validate_rows(rows, &frame)?.bars;
        self.screen += lap();
        let origin = Origin::new("coinbase", Provenance::Live);
        let keep = |bar| ResolvedBar { bar, origin: origin.clone(), revision: 0, flags: Flags::NONE };
        let kept: Vec<ResolvedBar> = bars.into_iter().map(keep).collect();
        let written = lake::write_bars(&kept)?;
        self.write += lap();
        let read = lake::read_bars(&written)?;
        self.read += lap();

        self.bytes += written.len();
        self.bars += read.len();
        self.closes += read.iter().map(|bar| bar.close).sum::<f64>();
        self.volumes += read.iter().map(|bar| bar.volume).sum::<f64>();
        Ok(())
    }

    fn json(&self) -> Result<serde_json::Value, Box<dyn Error>> {
        Ok(json!({
            "parse": self.parse,
            "screen": self.screen,
            "write": self.write,
            "read": self.read,
            "peak_mb": peak_memory_mb().ok_or("the process has no VmHWM")?,
            "file_mb": self.bytes as f64 / 1e6,
            "bars": self.bars,
            "closes": self.closes,
            "volumes": self.volumes,
        }))
    }
}

/// Returns a clock that gives the seconds since its last call.
fn laps() -> impl FnMut() -> f64 {
    let mut last = Instant::now();
    move || {
        let seconds = last.elapsed().as_secs_f64();
        last = Instant::now();
        seconds
    }
}
