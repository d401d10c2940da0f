//! Bars from CSV text. The first line names the columns, in any order and beside others; times are open times.

use super::HistoryError;
use domain::Bar;
use jiff::Timestamp;
use std::path::Path;

/// What the column of times may be called.
const TIMES: [&str; 4] = ["timestamp", "time", "date", "datetime"];
const VALUES: [&str; 5] = ["open", "high", "low", "close", "volume"];

/// Unix times from here on are milliseconds: as seconds this would be the year 5138, as milliseconds it is 1973.
const MILLISECONDS: u64 = 100_000_000_000;

/// Where the columns are.
struct Columns {
    count: usize,
    time: usize,
    /// In the order of [`VALUES`].
    values: [usize; 5],
}

/// The bars, oldest first.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<Bar>, HistoryError> {
    let mut lines = text.lines();
    let columns = lines.next().and_then(Columns::of).ok_or_else(|| HistoryError::Header { path: path.to_owned() })?;
    let rows = lines.enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut bars = rows
        .map(|(index, line)| {
            let failed = || HistoryError::Row { path: path.to_owned(), line: index + 2, text: line.to_owned() };
            columns.bar(line).ok_or_else(failed)
        })
        .collect::<Result<Vec<_>, _>>()?;
    bars.sort_by_key(|bar| bar.time);
    Ok(bars)
}

impl Columns {
    fn of(header: &str) -> Option<Self> {
        // Spreadsheets put a byte order mark before the first name.
        let names: Vec<String> =
            header.trim_start_matches('\u{feff}').split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let [open, high, low, close, volume] = VALUES.map(place);
        Some(Self {
            count: names.len(),
            time: TIMES.into_iter().find_map(place)?,
            values: [open?, high?, low?, close?, volume?],
        })
    }

    fn bar(&self, line: &str) -> Option<Bar> {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        if fields.len() != self.count {
            return None;
        }
        let [open, high, low, close, volume] = self.values.map(|place| fields[place].parse::<f64>().ok());
        Some(Bar {
            time: time(fields[self.time])?,
            open: open?,
            high: high?,
            low: low?,
            close: close?,
            volume: volume?,
        })
    }
}

/// A date, RFC 3339, date and time in UTC, or Unix time in seconds or milliseconds.
fn time(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        let unix =
            if number.unsigned_abs() < MILLISECONDS { Timestamp::from_second } else { Timestamp::from_millisecond };
        return unix(number).ok();
    }
    if text.len() == "2017-08-17".len() {
        return format!("{text}T00:00:00Z").parse().ok();
    }
    text.parse::<Timestamp>().or_else(|_| format!("{text}Z").parse()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "timestamp,open,high,low,close,volume";

    fn parsed(text: &str) -> Result<Vec<Bar>, HistoryError> {
        parse(Path::new("eth_usd_1h.csv"), text)
    }

    #[test]
    fn every_way_to_write_a_time_is_read() {
        for text in [
            "2023-01-01",
            "2023-01-01T00:00:00Z",
            "2023-01-01T00:00:00.000Z",
            "2023-01-01 00:00:00",
            "2023-01-01 01:00:00+01:00",
            "1672531200",
            "1672531200000",
        ] {
            assert_eq!(time(text).map(|time| time.to_string()).as_deref(), Some("2023-01-01T00:00:00Z"), "{text}");
        }
        assert_eq!(time("0"), Some(Timestamp::UNIX_EPOCH));
        for text in ["", "yesterday", "2023-13-01", "2023-01-01 25:00:00", "1672531200.5"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn a_broken_line_and_a_missing_column_are_named() {
        let bars =
            parsed(&format!("{HEADER}\n2023-01-01,10,12,9,11,5\n2023-01-01T01:00:00Z,11,13,10,12,6\n\n")).unwrap();
        assert_eq!(bars[0].time.to_string(), "2023-01-01T00:00:00Z");
        assert_eq!((bars[1].open, bars[1].high, bars[1].low, bars[1].close, bars[1].volume), (11., 13., 10., 12., 6.));
        for line in ["2023-01-01,10,12,9,11", "2023-01-01,10,12,9,11,5,7", "2023-01-01,10,12,9,,5"] {
            let error = parsed(&format!("{HEADER}\n{line}\n")).unwrap_err();
            assert_eq!(error.to_string(), format!("eth_usd_1h.csv line 2: `{line}` is not a bar"));
        }
        assert!(matches!(parsed("time,close\n"), Err(HistoryError::Header { .. })));
        assert!(matches!(parsed(""), Err(HistoryError::Header { .. })));
    }

    #[test]
    fn columns_may_stand_in_any_order_beside_others_and_rows_newest_first() {
        let text = "\u{feff}Date, Symbol, Close, Open, High, Low, Trades, Volume\r\n\
                    1672534800,ETH,12,11,13,10,3,6\r\n\
                    1672531200,ETH,11,10,12,9,4,5\r\n";
        let bars = parsed(text).unwrap();
        let expected = format!("{HEADER}\n2023-01-01 00:00:00,10,12,9,11,5\n2023-01-01 01:00:00,11,13,10,12,6\n");
        assert_eq!(bars, parsed(&expected).unwrap());
    }
}
