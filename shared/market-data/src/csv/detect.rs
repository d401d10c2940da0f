//! Detection of a text's format, and with it the way to read its rows.

use super::{
    BarColumns, CsvError, CsvFormat, Record, Records,
    columns::plain,
    delimiter_of,
    number::{Notation, number},
};
use crate::{Bar, time::TimeBounds};
use std::borrow::Cow;

/// Columns of a row of Binance's archive.
const BINANCE: usize = 12;
/// Columns of a row of Kraken's OHLCVT.
const KRAKEN: usize = 7;
/// Columns of a candle of Coinbase.
const COINBASE: usize = 6;

/// Way to read the rows of a text.
#[derive(Debug)]
pub(super) struct Layout {
    format: CsvFormat,
    columns: BarColumns,
}

/// The text, if the bytes are text.
pub(super) fn text(bytes: &[u8]) -> Result<&str, CsvError> {
    let other = |kind, remedy| Err(CsvError::NotText { kind, remedy });
    let decompress = "decompress it, or name the file .gz or .zip";
    match bytes {
        [0x1f, 0x8b, ..] => return other("a gzip file", decompress),
        [b'P', b'K', 3, 4, ..] => return other("a zip archive or a spreadsheet", "unpack it, or save it as CSV"),
        [b'P', b'A', b'R', b'1', ..] => return other("a Parquet file", "name the file .parquet"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return other("UTF-16", "save the file as UTF-8"),
        _ => {}
    }
    let text = str::from_utf8(bytes).map_err(|error| CsvError::Encoding { at: error.valid_up_to() })?;
    let start = text.trim_start_matches('\u{feff}').trim_start();
    match start.as_bytes() {
        [b'{' | b'[', ..] => other("JSON", "export the bars as CSV"),
        [b'<', b'!' | b'?' | b'h' | b'H', ..] => other("a web page", "download the file that the page leads to"),
        _ if start.contains('\0') => other("binary", "export the bars as CSV"),
        _ => Ok(text),
    }
}

impl Layout {
    /// The layout of a text, and its rows.
    pub(super) fn detect(text: &str, named: Option<CsvFormat>) -> Result<(Self, Records<'_>), CsvError> {
        let mut records = Records::new(text, ',');
        records = records.clone().with_delimiter(delimiter_of(records.peek_line()));
        let mut start = records.clone();
        let mut first = records.next().transpose()?.ok_or(CsvError::Empty)?;
        let of_download = first.cells[0].to_ascii_lowercase().contains("cryptodatadownload");
        if of_download {
            let line = records.peek_line();
            records = records.with_delimiter(delimiter_of(line));
            start = records.clone();
            first = records.next().transpose()?.ok_or(CsvError::Empty)?;
        }
        let found = start.peek_line();
        if is_data(&first) {
            let format = named.or_else(|| unnamed_format(&first));
            let format = format.ok_or_else(|| CsvError::NoHeader { line: first.line, found: found.into() })?;
            let columns = unnamed_columns(format, first.cells.len());
            let other = || CsvError::OtherFormat { line: first.line, found: found.into(), format };
            return Ok((Self { format, columns: columns.ok_or_else(other)? }, start));
        }
        let format = match named {
            Some(format) => format,
            None if of_download => CsvFormat::CryptoDataDownload,
            None => named_format(&first),
        };
        let header = match format {
            CsvFormat::Yfinance => yfinance_header(&first, &mut records).ok_or_else(|| CsvError::OtherFormat {
                line: first.line,
                found: found.into(),
                format,
            })?,
            _ => first,
        };
        let mut columns = BarColumns::from_header(&header)?;
        if format == CsvFormat::MetaTrader {
            count_ticks_without_volume(&mut columns, &records);
        }
        Ok((Self { format, columns }, records))
    }

    pub(super) const fn format(&self) -> CsvFormat {
        self.format
    }

    /// Source of the volume.
    pub(super) fn volume(&self) -> String {
        let name = &self.columns.names[self.columns.places[5]];
        let unit = if self.format.has_quote_volume() { " in the quote currency, divided by the close" } else { "" };
        format!("`{name}`{unit}")
    }

    /// The bar of a row.
    pub(super) fn bar(&self, record: &Record<'_>, bounds: &TimeBounds) -> Result<Bar, CsvError> {
        let Record { line, cells } = record;
        let (line, BarColumns { count, places, names, .. }) = (*line, &self.columns);
        if cells.len() != *count {
            return Err(CsvError::Cells { line, found: cells.len(), expected: *count });
        }
        let column = || names[places[0]].clone();
        let written = self.time(cells);
        let time = bounds.parse(&written).map_err(|source| CsvError::Time { line, column: column(), source })?;
        if !bounds.contains(time) {
            return Err(CsvError::Implausible { line, time, latest: bounds.latest() });
        }
        let notation = if self.format == CsvFormat::Investing { Notation::Grouped } else { Notation::Plain };
        let mut values = [0.0; 5];
        for (value, place) in values.iter_mut().zip(&places[1..]) {
            let text = cells[*place].trim();
            *value = number(text, notation).map_err(|hint| {
                let shown = text.chars().take(40).collect();
                CsvError::Number { line, column: names[*place].clone(), text: shown, hint }
            })?;
        }
        let [open, high, low, close, volume] = values;
        let volume = if self.format.has_quote_volume() { volume / close } else { volume };
        Ok(Bar { time, open, high, low, close, volume })
    }

    /// The time of a row as text, with what its format has of its own written as the parser of times reads it.
    fn time<'a>(&self, cells: &'a [Cow<'a, str>]) -> Cow<'a, str> {
        let date = cells[self.columns.places[0]].trim();
        let date = match self.format {
            CsvFormat::MetaTrader => Cow::Owned(date.replace('.', "-")),
            CsvFormat::Investing => month_first(date).map_or(Cow::Borrowed(date), Cow::Owned),
            _ => Cow::Borrowed(date),
        };
        match self.columns.clock {
            Some(clock) => {
                let clock = cells[clock].trim();
                let seconds = if clock.len() == "00:00".len() { ":00" } else { "" };
                Cow::Owned(format!("{date} {clock}{seconds}"))
            }
            None => date,
        }
    }
}

/// True for a row of numbers: no name is one.
fn is_data(record: &Record<'_>) -> bool {
    record.cells.iter().filter(|cell| cell.trim().parse::<f64>().is_ok()).count() >= 4
}

/// Format of a text without names.
fn unnamed_format(first: &Record<'_>) -> Option<CsvFormat> {
    let is_whole = |place: usize| first.cells[place].trim().bytes().all(|byte| byte.is_ascii_digit());
    match first.cells.len() {
        BINANCE if is_whole(0) && is_whole(6) => Some(CsvFormat::Binance),
        KRAKEN if is_whole(0) && is_whole(6) => Some(CsvFormat::Kraken),
        _ => None,
    }
}

/// Columns of a text without names, if the format has such texts.
fn unnamed_columns(format: CsvFormat, count: usize) -> Option<BarColumns> {
    let places = match (format, count) {
        (CsvFormat::Binance, BINANCE) | (CsvFormat::Kraken, KRAKEN) => [0, 1, 2, 3, 4, 5],
        (CsvFormat::Coinbase, COINBASE) => [0, 3, 2, 1, 4, 5],
        _ => return None,
    };
    Some(BarColumns::unnamed(count, places))
}

/// Format of a text with names.
fn named_format(header: &Record<'_>) -> CsvFormat {
    let first = header.cells[0].trim();
    let names: Vec<String> = header.cells.iter().map(|name| plain(name)).collect();
    let has = |wanted: &[&str]| wanted.iter().all(|name| names.iter().any(|found| found == name));
    if first == "<DATE>" {
        CsvFormat::MetaTrader
    } else if first == "Price" && !has(&["date"]) {
        CsvFormat::Yfinance
    } else if has(&["adj close"]) || has(&["dividends", "stock splits"]) {
        CsvFormat::Yahoo
    } else if has(&["timeopen", "marketcap"]) {
        CsvFormat::CoinMarketCap
    } else if has(&["price", "change %"]) {
        CsvFormat::Investing
    } else if has(&["open time", "close time"]) && names.len() == BINANCE {
        CsvFormat::Binance
    } else if names == ["time", "low", "high", "open", "close", "volume"] {
        CsvFormat::Coinbase
    } else {
        CsvFormat::Columns
    }
}

/// The names in the first and third line of yfinance's three.
fn yfinance_header<'a>(first: &Record<'a>, records: &mut Records<'a>) -> Option<Record<'a>> {
    let tickers = records.next()?.ok()?;
    let index = records.next()?.ok()?;
    let is_known = tickers.cells[0] == "Ticker" && matches!(index.cells[0].as_ref(), "Date" | "Datetime");
    is_known.then(|| {
        let mut cells = first.cells.clone();
        cells[0].clone_from(&index.cells[0]);
        Record { line: first.line, cells }
    })
}

/// Takes the number of ticks for the volume where the column of volumes holds nothing but zeros.
fn count_ticks_without_volume(columns: &mut BarColumns, rows: &Records<'_>) {
    let volume = columns.places[5];
    let is_zero = |record: Record<'_>| record.cells.get(volume).is_some_and(|cell| cell.trim() == "0");
    if rows.clone().all(|record| record.is_ok_and(is_zero))
        && let Some(ticks) = columns.names.iter().position(|name| plain(name) == "tickvol")
    {
        columns.places[5] = ticks;
    }
}

/// `01/31/2023` as `2023-01-31`.
fn month_first(date: &str) -> Option<String> {
    let (month, rest) = date.split_once('/')?;
    let (day, year) = rest.split_once('/')?;
    let is_month = month.parse().is_ok_and(|month: u8| (1..=12).contains(&month));
    is_month.then(|| format!("{year}-{month:0>2}-{day:0>2}"))
}
