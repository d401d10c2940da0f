//! Stored bars: CSV files named `{base}_{quote}_{interval}.csv`, in any format that [`market_data::csv`] detects.

use jiff::Timestamp;
use market_data::{
    Bar, Interval, Symbol,
    csv::{self, CsvError, CsvOptions},
    time::TimeBounds,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Bars of one file.
#[derive(Debug)]
pub(crate) struct StoredBars {
    pub(crate) symbol: Symbol,
    pub(crate) interval: Interval,
    pub(crate) bars: Vec<Bar>,
}

/// Failure to read bars from files.
#[derive(Debug, thiserror::Error)]
pub enum CsvFilesError {
    /// A file or directory cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// File or directory.
        path: PathBuf,
        /// Reason.
        source: io::Error,
    },
    /// A file has no valid bars.
    #[error("cannot read bars from {}", path.display())]
    Bars {
        /// File.
        path: PathBuf,
        /// Reason.
        source: CsvError,
    },
    /// Two files have the same symbol and interval.
    #[error("two files in {} hold {symbol} {interval}", directory.display())]
    DuplicateSeries {
        /// Directory of the files.
        directory: PathBuf,
        /// Symbol of both.
        symbol: Symbol,
        /// Interval of both.
        interval: Interval,
    },
    /// No file has the name of a symbol and interval.
    #[error("no file in {} is named like eth_usd_1d.csv", directory.display())]
    NoFiles {
        /// Directory of the files.
        directory: PathBuf,
    },
}

/// Reads all files of bars in `directory`.
pub(crate) fn read(directory: &Path) -> Result<Vec<StoredBars>, CsvFilesError> {
    let failed = |source| CsvFilesError::Read { path: directory.to_owned(), source };
    let mut histories: Vec<StoredBars> = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some((symbol, interval)) = parse_name(&path) else { continue };
        let bars = read_bars(&path, interval)?;
        if histories.iter().any(|other| other.symbol == symbol && other.interval == interval) {
            return Err(CsvFilesError::DuplicateSeries { directory: directory.to_owned(), symbol, interval });
        }
        if !bars.is_empty() {
            histories.push(StoredBars { symbol, interval, bars });
        }
    }
    if histories.is_empty() {
        return Err(CsvFilesError::NoFiles { directory: directory.to_owned() });
    }
    Ok(histories)
}

/// Symbol and interval that a file is named after: `eth_usd_1d.csv` holds daily bars of ETH-USD.
fn parse_name(path: &Path) -> Option<(Symbol, Interval)> {
    let stem = path.file_name()?.to_str()?.strip_suffix(".csv")?;
    let mut parts = stem.split('_');
    let (base, quote, interval) = (parts.next()?, parts.next()?, parts.next()?);
    let symbol = format!("{base}-{quote}").to_ascii_uppercase().parse().ok()?;
    parts.next().is_none().then_some((symbol, interval.parse().ok()?))
}

/// Bars of a file, oldest first.
fn read_bars(path: &Path, interval: Interval) -> Result<Vec<Bar>, CsvFilesError> {
    let bytes = fs::read(path).map_err(|source| CsvFilesError::Read { path: path.to_owned(), source })?;
    let options = CsvOptions { bounds: TimeBounds::at(Timestamp::now()), format: None };
    let invalid = |source| CsvFilesError::Bars { path: path.to_owned(), source };
    let rows = csv::read_bars(&bytes, options).map_err(invalid)?;
    tracing::info!(file = %path.display(), "{}", rows.description());
    rows.history(interval).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with files, deleted when it is dropped.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str, files: &[(&str, &[u8])]) -> Self {
            let path = std::env::temp_dir().join(format!("weathervane-exchange-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            for (file, bytes) in files {
                fs::write(path.join(file), bytes).unwrap();
            }
            Self(path)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn bar(time: &str, close: f64) -> Bar {
        Bar { time: time.parse().unwrap(), open: 10.0, high: 20.0, low: 9.0, close, volume: 5.0 }
    }

    const DAYS: &[u8] = b"timestamp,open,high,low,close,volume\n2023-01-01,10,20,9,11,5\n2023-01-02,10,20,9,12,5\n";
    const HOUR: &[u8] = b"time,open,high,low,close,volume\n2023-01-01 01:00:00,10,20,9,11.5,5\n";

    #[test]
    fn each_file_is_one_series() {
        let directory = Directory::new("both", &[("eth_usd_1d.csv", DAYS), ("btc_usd_1h.csv", HOUR)]);
        let mut histories = read(&directory.0).unwrap();
        histories.sort_by_key(|history| history.interval);
        let [hourly, daily] = histories.try_into().unwrap();
        let hours = vec![bar("2023-01-01T01:00:00Z", 11.5)];
        assert_eq!((hourly.symbol.as_str(), hourly.interval, hourly.bars), ("BTC-USD", Interval::Hour, hours));
        let days = vec![bar("2023-01-01T00:00:00Z", 11.0), bar("2023-01-02T00:00:00Z", 12.0)];
        assert_eq!((daily.symbol.as_str(), daily.interval, daily.bars), ("ETH-USD", Interval::Day, days));
    }

    #[test]
    fn rows_with_the_newest_first_are_reversed() {
        let lines = b"timestamp,open,high,low,close,volume\n2023-01-02,10,20,9,12,5\n2023-01-01,10,20,9,11,5\n";
        let [newest, oldest] = [("newest", &lines[..]), ("oldest", DAYS)]
            .map(|(name, text)| read(&Directory::new(name, &[("eth_usd_1d.csv", text)]).0).unwrap().remove(0).bars);
        assert_eq!(newest, oldest);
    }

    #[test]
    fn an_invalid_file_is_reported_with_its_line() {
        let text = |directory: &Directory| observability::error_chain(&read(&directory.0).unwrap_err());
        let line = Directory::new("line", &[("eth_usd_1d.csv", &[DAYS, b"2023-01-03,10\n"].concat()[..])]);
        assert!(text(&line).ends_with("eth_usd_1d.csv: line 4: 2 cells, expected 6"), "{}", text(&line));
        let off_grid = Directory::new("off-grid", &[("eth_usd_1d.csv", HOUR)]);
        assert!(text(&off_grid).contains("line 2: 2023-01-01T01:00:00Z is not the open time"), "{}", text(&off_grid));
        let twice = Directory::new("twice", &[("eth_usd_1d.csv", DAYS), ("ETH_USD_1d.csv", DAYS)]);
        assert!(text(&twice).ends_with("hold ETH-USD 1d"), "{}", text(&twice));
        let nothing = Directory::new("nothing", &[("README.md", &b""[..])]);
        assert!(text(&nothing).starts_with("no file in "), "{}", text(&nothing));
    }

    #[test]
    fn only_files_named_after_a_series_are_read() {
        let series = |file: &str| parse_name(Path::new(file)).map(|(symbol, interval)| (symbol.to_string(), interval));
        assert_eq!(series("btc_usd_1d.csv"), Some(("BTC-USD".to_owned(), Interval::Day)));
        for other in
            ["btc_usd_1d.json", "btc_usd_1d.csv.gz", "btc_usd.csv", "btc_usd_1w.csv", "btc_usd_1d_old.csv", "README.md"]
        {
            assert_eq!(series(other), None, "{other}");
        }
    }
}
