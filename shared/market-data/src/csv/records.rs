//! Records of CSV as RFC 4180 has them: quotes around cells, doubled inside; lines that end in CRLF or LF. Empty lines are
//! left out. Unlike the crate `csv`, which reads on to the end of the text, a quote that is not closed is refused.

use super::CsvError;
use std::borrow::Cow;

/// More cells than any table has.
const MAX_CELLS: usize = 1_000;

/// The cells of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// Line on which it begins, counted from 1.
    pub line: usize,
    /// Cells without quotes.
    pub cells: Vec<Cow<'a, str>>,
}

/// Iterator over the records of a text.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    rest: &'a str,
    /// Line where `rest` begins, counted from 1.
    line: usize,
    delimiter: char,
}

/// The delimiter of which the first line has most: comma, semicolon or tab. A comma if it has none.
#[must_use]
pub fn delimiter_of(line: &str) -> char {
    let count = |delimiter: &char| line.matches(*delimiter).count();
    // The last of equal ones is taken.
    ['\t', ';', ','].into_iter().max_by_key(count).unwrap_or(',')
}

impl<'a> Records<'a> {
    /// The records of `text`, whose byte order mark is left out.
    #[must_use]
    pub fn new(text: &'a str, delimiter: char) -> Self {
        Self { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1, delimiter }
    }

    /// The same text from the same place with another delimiter.
    #[must_use]
    pub fn with_delimiter(self, delimiter: char) -> Self {
        Self { delimiter, ..self }
    }

    /// The line at which the next record begins, as it is written.
    #[must_use]
    pub fn peek_line(&self) -> &'a str {
        let text = self.rest.trim_start_matches(['\n', '\r']);
        text.split(['\n', '\r']).next().unwrap_or_default()
    }

    fn record(&mut self) -> Result<Record<'a>, CsvError> {
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            if cells.len() == MAX_CELLS {
                return Err(CsvError::TooManyCells { line, limit: MAX_CELLS });
            }
            let quoted = self.rest.strip_prefix('"');
            cells.push(if let Some(text) = quoted { self.quoted(text)? } else { self.plain() });
            if let Some(rest) = self.rest.strip_prefix(self.delimiter) {
                self.rest = rest;
                continue;
            }
            let rest = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n'));
            self.rest = rest.unwrap_or_default();
            self.line += 1;
            return Ok(Record { line, cells });
        }
    }

    /// Up to a delimiter or the end of the line.
    fn plain(&mut self) -> Cow<'a, str> {
        let end = self.rest.find([self.delimiter, '\n']).unwrap_or(self.rest.len());
        let cell = &self.rest[..end];
        let ends_line = !self.rest[end..].starts_with(self.delimiter);
        let cell = if ends_line { cell.strip_suffix('\r').unwrap_or(cell) } else { cell };
        self.rest = &self.rest[cell.len()..];
        Cow::Borrowed(cell)
    }

    /// Up to the closing quote; `text` begins after the opening one.
    fn quoted(&mut self, text: &'a str) -> Result<Cow<'a, str>, CsvError> {
        let mut end = 0;
        loop {
            let Some(length) = text[end..].find('"') else {
                return Err(CsvError::OpenQuote { line: self.line });
            };
            end += length;
            if !text[end + 1..].starts_with('"') {
                break;
            }
            end += 2;
        }
        let (cell, rest) = (&text[..end], &text[end + 1..]);
        if !(rest.is_empty() || rest == "\r" || rest.starts_with([self.delimiter, '\n']) || rest.starts_with("\r\n")) {
            return Err(CsvError::TextAfterQuote { line: self.line });
        }
        self.line += cell.matches('\n').count();
        self.rest = rest;
        Ok(if cell.contains('"') { Cow::Owned(cell.replace("\"\"", "\"")) } else { Cow::Borrowed(cell) })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            match self.record() {
                Ok(Record { cells, .. }) if matches!(&cells[..], [only] if only.trim().is_empty()) => {}
                other => return Some(other),
            }
        }
    }
}
