//! Results: lines on the terminal, and files.

use crate::{error::ResearchError, json_format::OuterIndented};
use serde::Serialize;
use serde_json::Serializer;
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
    let mut json = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut json, OuterIndented::default());
    value.serialize(&mut serializer).map_err(|source| ResearchError::Json { source })?;
    write_file(path, &json)
}
