//! Results: lines on the terminal, and files.

use crate::error::ResearchError;
use serde::Serialize;
use std::{fs, io::Write, path::Path};

/// Writes a line. A closed output does not stop the computation.
pub(crate) fn print(output: &mut impl Write, text: &str) {
    let _ = writeln!(output, "{text}");
}

pub(crate) fn create_directory(path: &Path) -> Result<(), ResearchError> {
    fs::create_dir_all(path).map_err(|source| ResearchError::Write { path: path.to_owned(), source })
}

pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), ResearchError> {
    fs::write(path, bytes).map_err(|source| ResearchError::Write { path: path.to_owned(), source })
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), ResearchError> {
    let json = serde_json::to_vec_pretty(value).map_err(|source| ResearchError::Json { source })?;
    write_file(path, &json)
}
