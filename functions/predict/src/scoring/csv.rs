//! Tables in CSV as RFC 4180 has it: a first line of names; quotes around cells, doubled inside; lines that end in CRLF or
//! LF. Empty lines are left out.

use super::{Rows, ScoringError, rows::Reader};
use crate::{cell::Cell, text::Unreadable};
use domain::Series;
use std::borrow::Cow;

/// More columns than any table of ours has.
const MAX_COLUMNS: usize = 1_000;

type Record<'a> = Vec<Cow<'a, str>>;

/// The rows of a CSV body.
pub(super) fn rows(body: &str, series: &Series) -> Result<Rows, ScoringError> {
    // Spreadsheets put a byte order mark before the first name.
    let mut records = Records { rest: body.strip_prefix('\u{feff}').unwrap_or(body), line: 1 };
    let header = records.next().transpose()?.ok_or_else(|| ScoringError::unreadable(Unreadable::Empty.to_string()))?;
    let (mut reader, places) = Reader::over(header.iter().map(|name| name.trim()))?;
    while let Some(record) = records.next().transpose()? {
        if record.len() != header.len() {
            let (line, found, expected) = (records.line - 1, record.len(), header.len());
            let detail = format!("line {line} has {found} cells, but the first names {expected} columns");
            return Err(ScoringError::unreadable(detail));
        }
        reader.push(|place| Cell::Text(&record[places[place]]))?;
    }
    reader.finish(series)
}

/// Reads record after record.
struct Records<'a> {
    rest: &'a str,
    /// The line where `rest` begins, counted from 1.
    line: usize,
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, ScoringError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            match self.record() {
                Ok(record) if matches!(&record[..], [only] if only.trim().is_empty()) => {}
                other => return Some(other),
            }
        }
    }
}

impl<'a> Records<'a> {
    fn record(&mut self) -> Result<Record<'a>, ScoringError> {
        let mut cells = Vec::new();
        loop {
            if cells.len() == MAX_COLUMNS {
                let detail = format!("line {} has more than {MAX_COLUMNS} cells", self.line);
                return Err(ScoringError::unreadable(detail));
            }
            let quoted = self.rest.strip_prefix('"');
            cells.push(if let Some(text) = quoted { self.quoted(text)? } else { self.plain() });
            if let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
                continue;
            }
            let rest = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n'));
            self.rest = rest.unwrap_or_default();
            self.line += 1;
            return Ok(cells);
        }
    }

    /// Up to a comma or the end of the line.
    fn plain(&mut self) -> Cow<'a, str> {
        let end = self.rest.find([',', '\n']).unwrap_or(self.rest.len());
        let cell = &self.rest[..end];
        let cell = if self.rest[end..].starts_with(',') { cell } else { cell.strip_suffix('\r').unwrap_or(cell) };
        self.rest = &self.rest[cell.len()..];
        Cow::Borrowed(cell)
    }

    /// Up to the closing quote; `text` begins after the opening one.
    fn quoted(&mut self, text: &'a str) -> Result<Cow<'a, str>, ScoringError> {
        let mut end = 0;
        loop {
            let Some(length) = text[end..].find('"') else {
                return Err(ScoringError::unreadable(format!("line {}: a quote is not closed", self.line)));
            };
            end += length;
            if !text[end + 1..].starts_with('"') {
                break;
            }
            end += 2;
        }
        let (cell, rest) = (&text[..end], &text[end + 1..]);
        if !(rest.is_empty() || rest == "\r" || rest.starts_with([',', '\n']) || rest.starts_with("\r\n")) {
            let detail = format!("line {}: there is text behind a closing quote", self.line);
            return Err(ScoringError::unreadable(detail));
        }
        self.line += cell.matches('\n').count();
        self.rest = rest;
        Ok(if cell.contains('"') { Cow::Owned(cell.replace("\"\"", "\"")) } else { Cow::Borrowed(cell) })
    }
}
