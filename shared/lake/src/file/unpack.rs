//! Unpacking of gzip files and of zip archives with one file.

use flate2::read::{DeflateDecoder, MultiGzDecoder};
use std::{borrow::Cow, io::Read};

/// Maximum size of an unpacked file, enough for 4 million rows.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Length of the end record of a zip archive without its comment.
const END_RECORD_BYTES: usize = 22;
/// Length of a directory entry of a zip archive without its texts.
const ENTRY_BYTES: usize = 46;
/// Length of the header of a file in a zip archive without its texts.
const HEADER_BYTES: usize = 30;

/// Failure to unpack a file.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// The compressed data are damaged.
    #[error("the {kind} is damaged or cut off: {source}")]
    Damaged {
        /// Kind of the file.
        kind: &'static str,
        /// Reason.
        source: std::io::Error,
    },
    /// The structure of the archive is damaged.
    #[error("the zip archive is damaged or cut off: {part}")]
    Structure {
        /// Missing part.
        part: &'static str,
    },
    /// The archive does not have exactly one file.
    #[error("the zip archive holds {found} files, expected one; unpack it and name the file that is meant")]
    Files {
        /// Number of files.
        found: usize,
    },
    /// The file in the archive has another compression, or is encrypted.
    #[error("the file in the zip archive is encrypted or compressed by method {method}; unpack it first")]
    Method {
        /// Number of the compression method.
        method: u16,
    },
    /// The unpacked file is too large.
    #[error("the {kind} holds more than {MAX_BYTES} bytes")]
    TooLarge {
        /// Kind of the file.
        kind: &'static str,
    },
}

/// Unpacked bytes of a file, and the format that it was packed in, if any.
pub(super) fn unpack(bytes: &[u8]) -> Result<(Cow<'_, [u8]>, Option<&'static str>), UnpackError> {
    match bytes {
        [0x1f, 0x8b, ..] => Ok((Cow::Owned(inflate(MultiGzDecoder::new(bytes), "gzip file")?), Some("gzip"))),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Ok((unzip(bytes)?, Some("zip"))),
        _ => Ok((Cow::Borrowed(bytes), None)),
    }
}

fn inflate(packed: impl Read, kind: &'static str) -> Result<Vec<u8>, UnpackError> {
    let mut bytes = Vec::new();
    let read = packed.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    let size = read.map_err(|source| UnpackError::Damaged { kind, source })?;
    if size as u64 > MAX_BYTES { Err(UnpackError::TooLarge { kind }) } else { Ok(bytes) }
}

/// The only file in the directory of an archive; folders and the metadata of macOS do not count.
fn unzip(bytes: &[u8]) -> Result<Cow<'_, [u8]>, UnpackError> {
    let structure = |part| UnpackError::Structure { part };
    let end = bytes.windows(END_RECORD_BYTES).rposition(|window| window.starts_with(b"PK\x05\x06"));
    let end = &bytes[end.ok_or(structure("no directory"))?..];
    let mut offset = number(end, 16, 4).ok_or(structure("no directory"))?;
    let mut files = Vec::new();
    for _ in 0..number(end, 10, 2).unwrap_or_default() {
        let entry = bytes.get(offset..).filter(|entry| entry.starts_with(b"PK\x01\x02"));
        let entry = entry.filter(|entry| entry.len() >= ENTRY_BYTES).ok_or(structure("an entry of the directory"))?;
        let length = |offset| number(entry, offset, 2).unwrap_or_default();
        let name = entry.get(ENTRY_BYTES..ENTRY_BYTES + length(28)).ok_or(structure("the name of an entry"))?;
        if !name.ends_with(b"/") && !name.starts_with(b"__MACOSX/") {
            files.push(entry);
        }
        offset += ENTRY_BYTES + length(28) + length(30) + length(32);
    }
    let &[entry] = &files[..] else { return Err(UnpackError::Files { found: files.len() }) };
    let field = |offset, length| number(entry, offset, length).ok_or(structure("an entry of the directory"));
    let header = bytes.get(field(42, 4)?..).filter(|header| header.starts_with(b"PK\x03\x04"));
    let header = header.ok_or(structure("the header of the file"))?;
    let length = |offset| number(header, offset, 2).ok_or(structure("the header of the file"));
    let start = HEADER_BYTES + length(26)? + length(28)?;
    let data =
        header.get(start..).and_then(|data| data.get(..field(20, 4).ok()?)).ok_or(structure("the file itself"))?;
    let is_encrypted = field(8, 2)? & 1 == 1;
    match field(10, 2)? {
        0 if !is_encrypted => Ok(Cow::Borrowed(data)),
        8 if !is_encrypted => Ok(Cow::Owned(inflate(DeflateDecoder::new(data), "zip archive")?)),
        method => Err(UnpackError::Method { method: u16::try_from(method).unwrap_or_default() }),
    }
}

/// Little-endian number of 2 or 4 bytes.
fn number(bytes: &[u8], offset: usize, length: usize) -> Option<usize> {
    let bytes = bytes.get(offset..offset + length)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}
