//! Records of CSV by RFC 4180: quotes around cells, doubled inside; lines that end in CRLF or LF. Empty lines are skipped.
//!
//! A quote that is not closed is an error. The crate `csv` would read on to the end of the text instead.

use super::CsvError;
use std::borrow::Cow;

/// Largest number of cells in a record.
const MAX_CELLS: usize = 1_000;

/// One record of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// Line on which the record begins, counted from 1.
    pub line: usize,
    /// Cells without their quotes.
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

/// Delimiter that occurs most often in a line: comma, semicolon or tab. A comma if there is none.
#[must_use]
pub fn delimiter_of(line: &str) -> char {
    let count = |delimiter: &char| line.matches(*delimiter).count();
    // `max_by_key` returns the last of equal ones.
    ['\t', ';', ','].into_iter().max_by_key(count).unwrap_or(',')
}

impl<'a> Records<'a> {
    /// Records of `text`, without its byte order mark.
    #[must_use]
    pub fn new(text: &'a str, delimiter: char) -> Self {
        Self { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1, delimiter }
    }

    /// The remaining records, read with another delimiter.
    #[must_use]
    pub fn with_delimiter(self, delimiter: char) -> Self {
        Self { delimiter, ..self }
    }

    /// Line at which the next record begins, as written.
    #[must_use]
    pub fn peek_line(&self) -> &'a str {
        let text = self.rest.trim_start_matches(['\n', '\r']);
        text.split(['\n', '\r']).next().unwrap_or_default()
    }

    fn read_record(&mut self) -> Result<Record<'a>, CsvError> {
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            if cells.len() == MAX_CELLS {
                return Err(CsvError::TooManyCells { line, limit: MAX_CELLS });
            }
            let quoted = self.rest.strip_prefix('"');
            cells.push(if let Some(text) = quoted { self.read_quoted_cell(text)? } else { self.read_plain_cell() });
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

    /// Reads a cell without quotes, up to a delimiter or the end of the line.
    fn read_plain_cell(&mut self) -> Cow<'a, str> {
        let end = self.rest.find([self.delimiter, '\n']).unwrap_or(self.rest.len());
        let cell = &self.rest[..end];
        let ends_line = !self.rest[end..].starts_with(self.delimiter);
        let cell = if ends_line { cell.strip_suffix('\r').unwrap_or(cell) } else { cell };
        self.rest = &self.rest[cell.len()..];
        Cow::Borrowed(cell)
    }

    /// Reads a cell up to its closing quote; `text` begins after the opening one.
    fn read_quoted_cell(&mut self, text: &'a str) -> Result<Cow<'a, str>, CsvError> {
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
            match self.read_record() {
                Ok(Record { cells, .. }) if matches!(&cells[..], [only] if only.trim().is_empty()) => {}
                other => return Some(other),
            }
        }
    }
}
