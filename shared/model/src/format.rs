//! File format of an artifact.
//!
//! | bytes | content |
//! | --- | --- |
//! | 4 | `WVMA` |
//! | 4 | format version, u32 |
//! | 4 | length of the header, u32 |
//! | header length | header: JSON with a fixed field order |
//! | rest | arrays of the members, in the order of the header, without padding |
//!
//! Arrays of a member by family:
//!
//! * Logistic regression: intercept, means, scales, weights, all f64.
//! * Random forest and extra trees: roots (one u32 for each tree), then four arrays over the nodes: feature (u16, 65535 for
//!   a leaf), left child (u32, 0 for a leaf), threshold or leaf value (f64), cover (f32).
//! * Boosting: base log odds (f64), then its trees as for a forest.
//!
//! All numbers are little-endian. An artifact has exactly one encoding, so equal models have equal hashes.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

use crate::{Artifact, Calibration, DistributionPart, Family, TrainedRange};
use contracts::forecast::Edge;
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Version of the file format. It increases with any change of the layout or of the meaning of a field.
pub const FORMAT_VERSION: u32 = 4;

/// Oldest version that can be read. Version 2 has no distribution, version 3 no trained range and no returns after costs.
pub(crate) const OLDEST_FORMAT_VERSION: u32 = 2;

/// Maximum size of a file; larger ones are rejected unread. An artifact within the limits of members, trees and nodes has at
/// most 1.4 MB.
pub const MAX_BYTES: usize = 2 << 20;

/// Maximum size of a header; longer ones are rejected unread. The longest header that is written, with 512 points of an
/// isotonic calibration, has less than 32 kB. A parsed header needs at most 8 times the memory of its text.
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
    #[serde(default)]
    trained_range: Option<TrainedRange>,
    #[serde(default)]
    distribution: Option<DistributionPart>,
}

/// Header of a member.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberHeader {
    family: Family,
    weight: f64,
    /// Number of trees; 0 for a logistic regression.
    trees: u32,
    /// Number of nodes of all trees together; 0 for a logistic regression.
    nodes: u32,
}

impl Artifact {
    /// SHA-256 of a file, in lower-case hexadecimal.
    #[must_use]
    pub fn sha256(bytes: &[u8]) -> String {
        Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
