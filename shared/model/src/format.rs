//! The artifact file: what it looks like on disk.
//!
//! | bytes | content |
//! | --- | --- |
//! | 4 | `WVMA` |
//! | 4 | format version, u32 |
//! | 4 | length of the header, u32 |
//! | that | header: JSON with fixed field order |
//! | rest | the members' arrays, member after member in the header's order, without padding |
//!
//! Logistic regression: intercept, means, scales, weights, all f64. Random forest and extra trees: roots (u32 per
//! tree); then per node, array after array, feature (u16, 65535 for a leaf), left child (u32, 0 for a leaf), threshold
//! or leaf value (f64), cover (f32). Boosting: base log odds (f64), then its trees like a forest.
//! All numbers are little-endian. One artifact has exactly one encoding, so equal models have equal hashes.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

use crate::{Artifact, Calibration, Family};
use contracts::forecast::Edge;
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Version of the file format. Any change of the layout or of a field's meaning raises it.
pub const FORMAT_VERSION: u32 = 2;

/// Larger files are refused unread. No artifact within the limits of members, trees and nodes is larger than 1.4 MB.
pub const MAX_BYTES: usize = 2 << 20;

/// Longer headers are refused unread. The longest that is written, with 512 points of an isotonic calibration, takes
/// under 32 kB; what is parsed takes at most eight times as much memory.
pub const MAX_HEADER_BYTES: usize = 64 << 10;

const MAGIC: &[u8; 4] = b"WVMA";
const PREFIX_BYTES: usize = 12;
const LEAF: u16 = u16::MAX;
const BYTES_PER_NODE: usize = 2 + 4 + 8 + 4;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    series: Series,
    run: String,
    feature_set: String,
    feature_names: Vec<String>,
    trained_at: Timestamp,
    trained_through: Timestamp,
    base_rate: f64,
    edge: Edge,
    band_half_width: f64,
    calibration: Calibration,
    shrinkage: f64,
    members: Vec<MemberHeader>,
}

/// What the header says of a member.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberHeader {
    family: Family,
    weight: f64,
    /// 0 for a logistic regression.
    trees: u32,
    /// Of all trees together.
    nodes: u32,
}

impl Artifact {
    /// Hex SHA-256 of a file.
    #[must_use]
    pub fn sha256(bytes: &[u8]) -> String {
        Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
