//! Bars from CSV text. The first line names the columns `timestamp,open,high,low,close,volume`, in any order and beside
//! others; times are open times.

use crate::Bar;
use jiff::Timestamp;

/// What the column of times may be called.
const TIMES: [&str; 4] = ["timestamp", "time", "date", "datetime"];
const VALUES: [&str; 5] = ["open", "high", "low", "close", "volume"];

/// Unix times from here on are milliseconds: as seconds this would be the year 5138, as milliseconds it is 1973.
const MILLISECONDS: u64 = 100_000_000_000;

/// Why text is not bars. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// The first line does not name a column that is needed.
    #[error("line 1: no column `{name}`, expected timestamp,open,high,low,close,volume")]
    Column {
        /// Which.
        name: &'static str,
    },
    /// A line has more or fewer fields than the first.
    #[error("line {line}: {found} fields, but line 1 names {expected} columns")]
    Fields {
        /// Which line.
        line: usize,
        /// Its fields.
        found: usize,
        /// The columns.
        expected: usize,
    },
    /// A time is not written as [`time`] reads it.
    #[error("line {line}: `{text}` is not a time, expected a date, RFC 3339, YYYY-MM-DD HH:MM:SS or Unix time")]
    Time {
        /// Which line.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// A price or volume is no number.
    #[error("line {line}: {column} is `{text}`, which is not a number")]
    Number {
        /// Which line.
        line: usize,
        /// Which column.
        column: &'static str,
        /// What stands there.
        text: String,
    },
}

/// The bars with their lines, in the order of the text. Whether they are valid and in order is the caller's question;
/// empty lines are left out.
///
/// # Errors
/// [`CsvError`] at the first line that is not a bar.
///
/// ```
/// # use domain::csv::parse;
/// let bars = parse("timestamp,open,high,low,close,volume\n2023-01-01,10,12,9,11,5\n").unwrap();
/// assert_eq!((bars[0].0, bars[0].1.time.to_string().as_str()), (2, "2023-01-01T00:00:00Z"));
/// ```
pub fn parse(text: &str) -> Result<Vec<(usize, Bar)>, CsvError> {
    let mut lines = text.lines().zip(1..);
    let columns = Columns::of(lines.next().map_or("", |(header, _)| header))?;
    lines.filter(|(text, _)| !text.trim().is_empty()).map(|(text, line)| Ok((line, columns.bar(text, line)?))).collect()
}

/// A time as people and programs write it: a date, RFC 3339, date and time in UTC, or Unix time in seconds or
/// milliseconds.
#[must_use]
pub fn time(text: &str) -> Option<Timestamp> {
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

/// Where the columns are.
struct Columns {
    count: usize,
    time: usize,
    /// In the order of [`VALUES`].
    values: [usize; 5],
}

impl Columns {
    fn of(header: &str) -> Result<Self, CsvError> {
        // Spreadsheets put a byte order mark before the first name.
        let names: Vec<String> = fields(header.trim_start_matches('\u{feff}')).map(str::to_ascii_lowercase).collect();
        let place = |name: &'static str| names.iter().position(|found| found == name).ok_or(CsvError::Column { name });
        let time = TIMES.into_iter().find_map(|name| place(name).ok());
        let mut values = [0; 5];
        for (value, name) in values.iter_mut().zip(VALUES) {
            *value = place(name)?;
        }
        Ok(Self { count: names.len(), time: time.ok_or(CsvError::Column { name: TIMES[0] })?, values })
    }

    fn bar(&self, text: &str, line: usize) -> Result<Bar, CsvError> {
        let fields: Vec<&str> = fields(text).collect();
        if fields.len() != self.count {
            return Err(CsvError::Fields { line, found: fields.len(), expected: self.count });
        }
        let written = fields[self.time];
        let time = time(written).ok_or_else(|| CsvError::Time { line, text: written.to_owned() })?;
        let mut values = [0.0; 5];
        for ((value, place), column) in values.iter_mut().zip(self.values).zip(VALUES) {
            let text = fields[place];
            *value = text.parse().map_err(|_| CsvError::Number { line, column, text: text.to_owned() })?;
        }
        let [open, high, low, close, volume] = values;
        Ok(Bar { time, open, high, low, close, volume })
    }
}

/// The fields of a line. Quotes may surround them; neither times nor numbers have a comma inside.
fn fields(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(|field| field.trim().trim_matches('"').trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "timestamp,open,high,low,close,volume";

    fn parsed(lines: &str) -> Result<Vec<(usize, Bar)>, CsvError> {
        parse(&format!("{HEADER}\n{lines}\n"))
    }

    #[test]
    fn every_way_to_write_a_time_is_read() {
        for text in [
            "2023-01-01",
            "2023-01-01T00:00:00Z",
            "2023-01-01T00:00:00.000Z",
            "2023-01-01T00:00:00",
            "2023-01-01 00:00:00",
            "2023-01-01 00:00:00+00:00",
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
    fn columns_may_stand_in_any_order_beside_others_and_rows_newest_first() {
        let text = "\u{feff}\"Date\", Symbol, Close, Open, High, Low, Trades, Volume\r\n\
                    1672534800,ETH,12,11,13,10,3,6\r\n\r\n\
                    \"2023-01-01\",ETH,11,10,12,9,4,5\r\n";
        let bars = parse(text).unwrap();
        let expected = parsed("2023-01-01 01:00:00,11,13,10,12,6\n\n2023-01-01 00:00:00,10,12,9,11,5").unwrap();
        assert_eq!(bars, expected);
        assert_eq!(bars.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4]);
        let Bar { open, high, low, close, volume, .. } = bars[1].1;
        assert_eq!((open, high, low, close, volume), (10., 12., 9., 11., 5.));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let first = "2023-01-01,10,12,9,11,5";
        for (lines, message) in [
            (format!("{first},7"), "line 2: 7 fields, but line 1 names 6 columns"),
            (format!("{first}\n\n2023-01-02,10,12,9,,5"), "line 4: close is ``, which is not a number"),
            (format!("{first}\nsoon,10,12,9,11,5"), "line 3: `soon` is not a time"),
        ] {
            let error = parsed(&lines).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error} is not {message}");
        }
        assert_eq!(parse("timestamp,open,high,low,close\n"), Err(CsvError::Column { name: "volume" }));
        assert_eq!(parse("open,high,low,close,volume\n"), Err(CsvError::Column { name: "timestamp" }));
        assert!(matches!(parse(""), Err(CsvError::Column { .. })));
    }
}
