//! Stored history: CSV files named `{base}_{quote}_{interval}.csv` with the columns
//! `timestamp,open,high,low,close,volume`. A timestamp is a date or RFC 3339, and the bar's open time.

use domain::{Bar, BarError, Interval, Symbol};
use jiff::Timestamp;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const HEADER: &str = "timestamp,open,high,low,close,volume";

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
    #[error("{}: the first line is not `{HEADER}`", path.display())]
    Header { path: PathBuf },
    #[error("{} line {line}: `{text}` is not a bar", path.display())]
    Row { path: PathBuf, line: usize, text: String },
    #[error("{} holds bars that cannot be", path.display())]
    Bars { path: PathBuf, source: BarError },
    #[error("no file in {} is named like eth_usd_1d.csv", directory.display())]
    None { directory: PathBuf },
}

/// Every history in `directory`.
pub(crate) fn read(directory: &Path) -> Result<Vec<StoredHistory>, HistoryError> {
    let failed = |source| HistoryError::Read { path: directory.to_owned(), source };
    let mut histories = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some((symbol, interval)) = name(&path) else { continue };
        let text = fs::read_to_string(&path).map_err(|source| HistoryError::Read { path: path.clone(), source })?;
        let bars = parse(&path, &text)?;
        domain::bar::check_sequence(&bars, interval)
            .map_err(|source| HistoryError::Bars { path: path.clone(), source })?;
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
    let stem = path.file_name()?.to_str()?.strip_suffix(".csv")?;
    let mut parts = stem.split('_');
    let (base, quote, interval) = (parts.next()?, parts.next()?, parts.next()?);
    let symbol = format!("{base}-{quote}").to_ascii_uppercase().parse().ok()?;
    parts.next().is_none().then_some((symbol, interval.parse().ok()?))
}

fn parse(path: &Path, text: &str) -> Result<Vec<Bar>, HistoryError> {
    let mut lines = text.lines();
    if lines.next().map(str::trim_end) != Some(HEADER) {
        return Err(HistoryError::Header { path: path.to_owned() });
    }
    let rows = lines.enumerate().filter(|(_, line)| !line.trim().is_empty());
    rows.map(|(index, line)| {
        row(line).ok_or_else(|| HistoryError::Row { path: path.to_owned(), line: index + 2, text: line.to_owned() })
    })
    .collect()
}

fn row(line: &str) -> Option<Bar> {
    let mut fields = line.trim_end().split(',');
    let time = fields.next()?;
    let time: Timestamp =
        if time.len() == "2017-08-17".len() { format!("{time}T00:00:00Z") } else { time.to_owned() }.parse().ok()?;
    let mut number = || fields.next()?.parse::<f64>().ok();
    let bar = Bar { time, open: number()?, high: number()?, low: number()?, close: number()?, volume: number()? };
    fields.next().is_none().then_some(bar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read_and_a_broken_line_is_named() {
        let path = Path::new("eth_usd_1h.csv");
        let text = format!("{HEADER}\n2023-01-01,10,12,9,11,5\n2023-01-01T01:00:00Z,11,13,10,12,6\n");
        let bars = parse(path, &text).unwrap();
        assert_eq!(bars[0].time.to_string(), "2023-01-01T00:00:00Z");
        assert_eq!((bars[1].open, bars[1].high, bars[1].low, bars[1].close, bars[1].volume), (11., 13., 10., 12., 6.));
        let error = parse(path, &format!("{HEADER}\n2023-01-01,10,12,9,11\n")).unwrap_err();
        assert_eq!(error.to_string(), "eth_usd_1h.csv line 2: `2023-01-01,10,12,9,11` is not a bar");
        assert!(matches!(parse(path, "time,close\n"), Err(HistoryError::Header { .. })));
    }

    #[test]
    fn only_files_named_after_a_market_count() {
        let market = |file: &str| name(Path::new(file)).map(|(symbol, interval)| (symbol.to_string(), interval));
        assert_eq!(market("btc_usd_1d.csv"), Some(("BTC-USD".to_owned(), Interval::Day)));
        for other in ["btc_usd_1d.json", "btc_usd.csv", "btc_usd_1w.csv", "btc_usd_1d_old.csv", "README.md"] {
            assert_eq!(market(other), None, "{other}");
        }
    }
}
