//! Columns of bars, found by their names.

use super::{CsvError, Record};

/// Names of columns with an explicit open time.
const OPEN_TIME_COLUMNS: [&str; 4] = ["open time", "opentime", "timeopen", "time open"];
/// Names of Unix times, whose time zone is never in doubt.
const UNIX_TIME_COLUMNS: [&str; 4] = ["unix", "unix timestamp", "unixtime", "unix time"];
/// Other names of times.
const TIME_COLUMNS: [&str; 7] = ["timestamp", "time", "date", "datetime", "date time", "date utc", "time utc"];
/// Names of volumes in the base coin.
const VOLUME_COLUMNS: [&str; 6] = ["volume", "vol", "vol.", "base volume", "volumefrom", "volume base"];
/// Names of volumes in the quote currency.
const QUOTE_VOLUME_COLUMNS: [&str; 3] = ["quote volume", "quote asset volume", "volumeto"];
/// Currencies after `Volume` that are never the base coin.
const QUOTE_SYMBOLS: [&str; 14] =
    ["usd", "usdt", "usdc", "busd", "tusd", "dai", "eur", "gbp", "jpy", "chf", "aud", "cad", "krw", "currency"];

/// Indices of the columns of a bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarColumns {
    /// Number of cells in a row.
    pub(super) count: usize,
    /// Indices of time, open, high, low, close and volume.
    pub(super) indices: [usize; 6],
    /// Index of the time of day, if it has a column beside the date.
    pub(super) clock: Option<usize>,
    /// Names of all columns, as written.
    pub(super) names: Vec<String>,
}

impl BarColumns {
    /// Finds the columns by their names, in any order and case, with synonyms.
    ///
    /// # Errors
    /// [`CsvError`] if a column is missing or ambiguous.
    pub fn from_header(header: &Record<'_>) -> Result<Self, CsvError> {
        let line = header.line;
        let names: Vec<String> = header.cells.iter().map(|name| name.trim().to_owned()).collect();
        let plain: Vec<String> = names.iter().map(|name| normalize_name(name)).collect();
        for (index, name) in plain.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if let Some(first) = plain[..index].iter().position(|earlier| earlier == name) {
                let [first, second] = [first, index].map(|index| names[index].clone());
                return Err(CsvError::Doubled { line, first, second });
            }
        }
        let find = |synonyms: &[&str]| -> Vec<usize> {
            (0..plain.len()).filter(|index| synonyms.contains(&plain[*index].as_str())).collect()
        };
        let ambiguous = |meaning, found: &[usize]| {
            let columns = found.iter().map(|index| format!("`{}`", names[*index])).collect();
            CsvError::Ambiguous { line, meaning, columns }
        };

        let times = [&OPEN_TIME_COLUMNS[..], &UNIX_TIME_COLUMNS, &TIME_COLUMNS].map(find);
        let times = times.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
        let (time, clock) = match times[..] {
            [] => (None, None),
            [time] => (Some(time), None),
            [date, clock] if plain[date] == "date" && plain[clock] == "time" => (Some(date), Some(clock)),
            _ => return Err(ambiguous("time", &times)),
        };
        let volumes: Vec<usize> = (0..plain.len()).filter(|index| is_base_volume(&plain[*index])).collect();
        if volumes.len() > 1 {
            return Err(ambiguous("volume", &volumes));
        }
        let close = find(&["close"]).first().or(find(&["price"]).first()).copied();
        let [open, high, low] = [["open"], ["high"], ["low"]].map(|name| find(&name).first().copied());
        let volume = volumes.first().copied();
        let columns = [
            ("the time (timestamp, time, date, datetime, unix, open_time)", time),
            ("open", open),
            ("high", high),
            ("low", low),
            ("close", close),
            ("volume", volume),
        ];
        if let [Some(time), Some(open), Some(high), Some(low), Some(close), Some(volume)] =
            columns.map(|(_, index)| index)
        {
            let indices = [time, open, high, low, close, volume];
            return Ok(Self { count: names.len(), indices, clock, names });
        }
        let missing: Vec<&'static str> =
            columns.iter().filter(|(_, index)| index.is_none()).map(|(name, _)| *name).collect();
        if missing == ["volume"]
            && let Some(column) = plain.iter().position(|name| is_quote_volume(name))
        {
            return Err(CsvError::QuoteVolume { line, column: names[column].clone() });
        }
        Err(CsvError::Columns { line, found: names.join(",").as_str().into(), missing })
    }

    /// Columns of a text without a header, with the indices of time, open, high, low, close and volume.
    pub(super) fn unnamed(count: usize, indices: [usize; 6]) -> Self {
        let mut names: Vec<String> = (1..=count).map(|number| format!("column {number}")).collect();
        for (index, name) in indices.into_iter().zip(["time", "open", "high", "low", "close", "volume"]) {
            name.clone_into(&mut names[index]);
        }
        Self { count, indices, clock: None, names }
    }

    /// Indices of time, open, high, low, close and volume in a row.
    #[must_use]
    pub const fn indices(&self) -> [usize; 6] {
        self.indices
    }

    /// Index of the time of day, if it has a column beside the date.
    #[must_use]
    pub const fn clock(&self) -> Option<usize> {
        self.clock
    }
}

/// Name in lower case, with single spaces in the place of brackets and underscores.
pub(super) fn normalize_name(name: &str) -> String {
    let spaced = name.to_lowercase().replace(['_', '(', ')', '<', '>'], " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_base_volume(name: &str) -> bool {
    let currency = name.strip_prefix("volume ").filter(|currency| !currency.contains(' '));
    VOLUME_COLUMNS.contains(&name) || currency.is_some_and(|currency| !QUOTE_SYMBOLS.contains(&currency))
}

fn is_quote_volume(name: &str) -> bool {
    let currency = name.strip_prefix("volume ");
    QUOTE_VOLUME_COLUMNS.contains(&name) || currency.is_some_and(|currency| QUOTE_SYMBOLS.contains(&currency))
}
