//! Detection of a text's format, and reading of its rows in that format.

use super::{
    BarColumns, CsvError, CsvFormat, Record, Records,
    columns::normalize_name,
    delimiter_of,
    number::{Notation, parse_number},
};
use crate::{Bar, time::TimeBounds};
use std::borrow::Cow;

/// Longest part of a cell in a message, in characters.
const MAX_NUMBER_CHARS: usize = 40;
/// Number of columns in Binance's archive.
const BINANCE_COLUMNS: usize = 12;
/// Number of columns in Kraken's OHLCVT.
const KRAKEN_COLUMNS: usize = 7;
/// Number of columns in Coinbase's candles.
const COINBASE_COLUMNS: usize = 6;

/// Format and columns of a text.
#[derive(Debug)]
pub(super) struct Layout {
    format: CsvFormat,
    columns: BarColumns,
}

/// Decodes bytes as text, and recognises other kinds of files.
pub(super) fn decode_text(bytes: &[u8]) -> Result<&str, CsvError> {
    let other = |kind, remedy| Err(CsvError::NotText { kind, remedy });
    let decompress = "decompress it, or name the file .gz or .zip";
    match bytes {
        [0x1f, 0x8b, ..] => return other("a gzip file", decompress),
        [b'P', b'K', 3, 4, ..] => return other("a zip archive or a spreadsheet", "unpack it, or save it as CSV"),
        [b'P', b'A', b'R', b'1', ..] => return other("a Parquet file", "name the file .parquet"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return other("UTF-16", "save the file as UTF-8"),
        _ => {}
    }
    let text = str::from_utf8(bytes).map_err(|error| CsvError::Encoding { index: error.valid_up_to() })?;
    let start = text.trim_start_matches('\u{feff}').trim_start();
    match start.as_bytes() {
        [b'{' | b'[', ..] => other("JSON", "export the bars as CSV"),
        [b'<', b'!' | b'?' | b'h' | b'H', ..] => other("a web page", "download the file that the page leads to"),
        _ if start.contains('\0') => other("binary", "export the bars as CSV"),
        _ => Ok(text),
    }
}

impl Layout {
    /// Detects the layout of a text; also returns its rows.
    pub(super) fn detect(text: &str, named: Option<CsvFormat>) -> Result<(Self, Records<'_>), CsvError> {
        let mut records = Records::new(text, ',');
        records = records.clone().with_delimiter(delimiter_of(records.peek_line()));
        let mut start = records.clone();
        let mut first = records.next().transpose()?.ok_or(CsvError::Empty)?;
        let is_crypto_data_download = first.cells[0].to_ascii_lowercase().contains("cryptodatadownload");
        if is_crypto_data_download {
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
            None if is_crypto_data_download => CsvFormat::CryptoDataDownload,
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
            use_ticks_without_volume(&mut columns, &records);
        }
        Ok((Self { format, columns }, records))
    }

    pub(super) const fn format(&self) -> CsvFormat {
        self.format
    }

    /// Name or description of the column that is the volume.
    pub(super) fn volume(&self) -> String {
        let name = &self.columns.names[self.columns.indices[5]];
        let unit = if self.format.has_quote_volume() { " in the quote currency, divided by the close" } else { "" };
        format!("`{name}`{unit}")
    }

    /// Reads the bar of a row.
    pub(super) fn bar(&self, record: &Record<'_>, bounds: &TimeBounds) -> Result<Bar, CsvError> {
        let Record { line, cells } = record;
        let (line, BarColumns { count, indices, names, .. }) = (*line, &self.columns);
        if cells.len() != *count {
            return Err(CsvError::Cells { line, found: cells.len(), expected: *count });
        }
        let column = || names[indices[0]].clone();
        let text = self.time_text(cells);
        let time = bounds.parse(&text).map_err(|source| CsvError::Time { line, column: column(), source })?;
        if !bounds.contains(time) {
            return Err(CsvError::Implausible { line, time, latest: bounds.latest() });
        }
        let notation = if self.format == CsvFormat::Investing { Notation::Grouped } else { Notation::Plain };
        let mut values = [0.0; 5];
        for (value, index) in values.iter_mut().zip(&indices[1..]) {
            let text = cells[*index].trim();
            *value = parse_number(text, notation).map_err(|hint| {
                let text = text.chars().take(MAX_NUMBER_CHARS).collect();
                CsvError::Number { line, column: names[*index].clone(), text, hint }
            })?;
        }
        let [open, high, low, close, volume] = values;
        let volume = if self.format.has_quote_volume() { volume / close } else { volume };
        Ok(Bar { time, open, high, low, close, volume })
    }

    /// Time of a row as text, converted from the notation of its format to one that [`TimeBounds::parse`] accepts.
    fn time_text<'a>(&self, cells: &'a [Cow<'a, str>]) -> Cow<'a, str> {
        let date = cells[self.columns.indices[0]].trim();
        let date = match self.format {
            CsvFormat::MetaTrader => Cow::Owned(date.replace('.', "-")),
            CsvFormat::Investing => month_first_to_iso(date).map_or(Cow::Borrowed(date), Cow::Owned),
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

/// True for a row of numbers, which is no header.
fn is_data(record: &Record<'_>) -> bool {
    record.cells.iter().filter(|cell| cell.trim().parse::<f64>().is_ok()).count() >= 4
}

/// Format of a text without a header.
fn unnamed_format(first: &Record<'_>) -> Option<CsvFormat> {
    let is_whole = |place: usize| first.cells[place].trim().bytes().all(|byte| byte.is_ascii_digit());
    match first.cells.len() {
        BINANCE_COLUMNS if is_whole(0) && is_whole(6) => Some(CsvFormat::Binance),
        KRAKEN_COLUMNS if is_whole(0) && is_whole(6) => Some(CsvFormat::Kraken),
        _ => None,
    }
}

/// Columns of a text without a header, if the format has such texts.
fn unnamed_columns(format: CsvFormat, count: usize) -> Option<BarColumns> {
    let indices = match (format, count) {
        (CsvFormat::Binance, BINANCE_COLUMNS) | (CsvFormat::Kraken, KRAKEN_COLUMNS) => [0, 1, 2, 3, 4, 5],
        (CsvFormat::Coinbase, COINBASE_COLUMNS) => [0, 3, 2, 1, 4, 5],
        _ => return None,
    };
    Some(BarColumns::unnamed(count, indices))
}

/// Format of a text with a header.
fn named_format(header: &Record<'_>) -> CsvFormat {
    let first = header.cells[0].trim();
    let names: Vec<String> = header.cells.iter().map(|name| normalize_name(name)).collect();
    let has = |expected: &[&str]| expected.iter().all(|name| names.iter().any(|found| found == name));
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
    } else if has(&["open time", "close time"]) && names.len() == BINANCE_COLUMNS {
        CsvFormat::Binance
    } else if names == ["time", "low", "high", "open", "close", "volume"] {
        CsvFormat::Coinbase
    } else {
        CsvFormat::Columns
    }
}

/// Header of yfinance, whose names are in the first and third line of three.
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

/// Uses the number of ticks as the volume if the column of volumes holds only zeros.
fn use_ticks_without_volume(columns: &mut BarColumns, rows: &Records<'_>) {
    let volume = columns.indices[5];
    let is_zero = |record: Record<'_>| record.cells.get(volume).is_some_and(|cell| cell.trim() == "0");
    if rows.clone().all(|record| record.is_ok_and(is_zero))
        && let Some(ticks) = columns.names.iter().position(|name| normalize_name(name) == "tickvol")
    {
        columns.indices[5] = ticks;
    }
}

/// Rewrites `01/31/2023` as `2023-01-31`.
fn month_first_to_iso(date: &str) -> Option<String> {
    let (month, rest) = date.split_once('/')?;
    let (day, year) = rest.split_once('/')?;
    let is_month = month.parse().is_ok_and(|month: u8| (1..=12).contains(&month));
    is_month.then(|| format!("{year}-{month:0>2}-{day:0>2}"))
}
