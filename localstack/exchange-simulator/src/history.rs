//! Stored history: files named `{base}_{quote}_{interval}.csv` or `.parquet`, perhaps with `.gz` or `.zip` behind, in any
//! format that [`lake::read_file`] knows.

use jiff::Timestamp;
use lake::{FileBars, FileError};
use market_data::{Bar, Interval, Symbol, csv::CsvOptions, time::TimeBounds};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The bars of one file.
#[derive(Debug)]
pub(crate) struct StoredHistory {
    pub(crate) symbol: Symbol,
    pub(crate) interval: Interval,
    pub(crate) bars: Vec<Bar>,
}

/// Stored history cannot be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HistoryError {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot read bars from {}", path.display())]
    Bars { path: PathBuf, source: FileError },
    #[error("two files in {} hold {symbol} {interval}", directory.display())]
    Twice { directory: PathBuf, symbol: Symbol, interval: Interval },
    #[error("no file in {} is named like eth_usd_1d.csv, eth_usd_1d.csv.gz or eth_usd_1d.parquet", directory.display())]
    None { directory: PathBuf },
}

/// Every history in `directory`.
pub(crate) fn read(directory: &Path) -> Result<Vec<StoredHistory>, HistoryError> {
    let failed = |source| HistoryError::Read { path: directory.to_owned(), source };
    let mut histories: Vec<StoredHistory> = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some((symbol, interval)) = name(&path) else { continue };
        let bars = bars(&path, interval)?;
        if histories.iter().any(|other| other.symbol == symbol && other.interval == interval) {
            return Err(HistoryError::Twice { directory: directory.to_owned(), symbol, interval });
        }
        if !bars.is_empty() {
            histories.push(StoredHistory { symbol, interval, bars });
        }
    }
    if histories.is_empty() {
        return Err(HistoryError::None { directory: directory.to_owned() });
    }
    Ok(histories)
}

/// `eth_usd_1d.csv` holds ETH-USD daily.
fn name(path: &Path) -> Option<(Symbol, Interval)> {
    let name = path.file_name()?.to_str()?;
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zip")).unwrap_or(name);
    let stem = name.strip_suffix(".csv").or_else(|| name.strip_suffix(".parquet"))?;
    let mut parts = stem.split('_');
    let (base, quote, interval) = (parts.next()?, parts.next()?, parts.next()?);
    let symbol = format!("{base}-{quote}").to_ascii_uppercase().parse().ok()?;
    parts.next().is_none().then_some((symbol, interval.parse().ok()?))
}

/// The bars of a file, oldest first.
fn bars(path: &Path, interval: Interval) -> Result<Vec<Bar>, HistoryError> {
    let bytes = fs::read(path).map_err(|source| HistoryError::Read { path: path.to_owned(), source })?;
    let options = CsvOptions { bounds: TimeBounds::at(Timestamp::now()), format: None };
    let FileBars { bars, description } = lake::read_file(&bytes, interval, options)
        .map_err(|source| HistoryError::Bars { path: path.to_owned(), source })?;
    tracing::info!(file = %path.display(), "{description}");
    Ok(bars)
}

#[cfg(test)]
mod tests {
    use super::*;
    use market_data::{
        observation::ResolvedBar,
        origin::{Origin, Provenance},
        quality::Flags,
    };

    /// A directory with these files; it is gone when the test is over.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str, files: &[(&str, &[u8])]) -> Self {
            let path = std::env::temp_dir().join(format!("weathervane-replay-{name}-{}", std::process::id()));
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

    /// A file of the lake.
    fn parquet(bars: &[Bar]) -> Vec<u8> {
        let origin = Origin { source: "kraken".into(), provenance: Provenance::Live };
        let kept = |bar: &Bar| ResolvedBar { bar: *bar, origin: origin.clone(), revision: 0, flags: Flags::NONE };
        lake::write_bars(&bars.iter().map(kept).collect::<Vec<_>>()).unwrap()
    }

    const CSV: &[u8] = b"timestamp,open,high,low,close,volume\n2023-01-01,10,20,9,11,5\n2023-01-02,10,20,9,12,5\n";

    #[test]
    fn csv_and_a_file_of_the_lake_are_served_beside_each_other() {
        let hours = [bar("2023-01-01T00:00:00Z", 11.5), bar("2023-01-01T01:00:00Z", 12.5)];
        let parquet = parquet(&hours);
        let directory = Directory::new("both", &[("eth_usd_1d.csv", CSV), ("eth_usd_1h.parquet", &parquet[..])]);
        let mut histories = read(&directory.0).unwrap();
        histories.sort_by_key(|history| history.interval);
        let [hourly, daily] = histories.try_into().unwrap();
        assert_eq!((hourly.symbol.as_str(), hourly.interval, hourly.bars), ("ETH-USD", Interval::Hour, hours.to_vec()));
        let days = vec![bar("2023-01-01T00:00:00Z", 11.0), bar("2023-01-02T00:00:00Z", 12.0)];
        assert_eq!((daily.symbol.as_str(), daily.interval, daily.bars), ("ETH-USD", Interval::Day, days));
    }

    #[test]
    fn csv_with_the_newest_bar_first_is_turned_round() {
        let lines = b"timestamp,open,high,low,close,volume\n2023-01-02,10,20,9,12,5\n2023-01-01,10,20,9,11,5\n";
        let [newest, oldest] = [("newest", &lines[..]), ("oldest", CSV)]
            .map(|(name, text)| read(&Directory::new(name, &[("eth_usd_1d.csv", text)]).0).unwrap().remove(0).bars);
        assert_eq!(newest, oldest);
    }

    #[test]
    fn what_cannot_be_served_is_named() {
        let text = |directory: &Directory| observability::error_chain(&read(&directory.0).unwrap_err());
        let line = Directory::new("line", &[("eth_usd_1d.csv", &[CSV, b"2023-01-03,10\n"].concat()[..])]);
        assert!(text(&line).ends_with("eth_usd_1d.csv: line 4: 2 cells, expected 6"), "{}", text(&line));
        let broken = Directory::new("broken", &[("eth_usd_1d.parquet", &b"PAR1"[..])]);
        assert!(text(&broken).contains("eth_usd_1d.parquet: not Parquet of bars"), "{}", text(&broken));
        let hour = &b"time,open,high,low,close,volume\n2023-01-01 01:00:00,1,1,1,1,1\n"[..];
        let off_grid = Directory::new("off-grid", &[("eth_usd_1d.csv", hour)]);
        assert!(text(&off_grid).contains("line 2: 2023-01-01T01:00:00Z is not the open time"), "{}", text(&off_grid));
        let parquet = parquet(&[bar("2023-01-01T00:00:00Z", 11.0)]);
        let twice = Directory::new("twice", &[("eth_usd_1d.csv", CSV), ("eth_usd_1d.parquet", &parquet[..])]);
        assert!(text(&twice).ends_with("hold ETH-USD 1d"), "{}", text(&twice));
        let nothing = Directory::new("nothing", &[("README.md", &b""[..])]);
        assert!(text(&nothing).starts_with("no file in "), "{}", text(&nothing));
    }

    #[test]
    fn only_files_named_after_a_market_count() {
        let market = |file: &str| name(Path::new(file)).map(|(symbol, interval)| (symbol.to_string(), interval));
        for file in ["btc_usd_1d.csv", "btc_usd_1d.parquet", "btc_usd_1d.csv.gz", "btc_usd_1d.csv.zip"] {
            assert_eq!(market(file), Some(("BTC-USD".to_owned(), Interval::Day)));
        }
        for other in
            ["btc_usd_1d.json", "btc_usd_1d.gz", "btc_usd.csv", "btc_usd_1w.csv", "btc_usd_1d_old.csv", "README.md"]
        {
            assert_eq!(market(other), None, "{other}");
        }
    }
}
