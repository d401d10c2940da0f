//! What the registry stores.

use domain::{Series, forecast::Edge};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a version is at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VersionStatus {
    /// Registered, not judged yet or not promoted.
    Candidate,
    /// Serves.
    Champion,
    /// Served before.
    Retired,
    /// The gate refused it.
    Rejected,
}

impl VersionStatus {
    /// As it is stored.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Champion => "champion",
            Self::Retired => "retired",
            Self::Rejected => "rejected",
        }
    }
}

/// A version to register: all that is known about it except when it is registered.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVersion {
    /// Its series.
    pub series: Series,
    /// Its number, from [`Registry::allocate`](super::Registry::allocate).
    pub version: u32,
    /// The run that made it.
    pub run: String,
    /// Model family, for people.
    pub family: String,
    /// Where the artifact is.
    pub artifact_key: String,
    /// Where its drift reference is.
    pub drift_key: Option<String>,
    /// SHA-256 of the artifact, hex.
    pub sha256: String,
    /// Format version of the artifact.
    pub format: u32,
    /// When it was trained.
    pub trained_at: Timestamp,
    /// When it is registered.
    pub registered_at: Timestamp,
    /// Its evidence.
    pub edge: Edge,
    /// Base rate of `up` in its training data: the answer of last resort.
    pub base_rate: f64,
    /// Hold-out metrics, small.
    pub evaluation: serde_json::Value,
    /// The gate's verdict.
    pub verdict: Option<serde_json::Value>,
    /// The champion that the verdict compares it with. It holds against no other.
    pub judged_against: Option<u32>,
    /// Time by the clock.
    pub stored_at: Timestamp,
}

/// A registered version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VersionRecord {
    /// Its series.
    pub series: Series,
    /// Its number, counted from 1 in its series.
    pub version: u32,
    /// The run that made it.
    pub run: String,
    /// Model family, for people.
    pub family: String,
    /// Where the artifact is.
    pub artifact_key: String,
    /// Where its drift reference is.
    #[serde(default)]
    pub drift_key: Option<String>,
    /// SHA-256 of the artifact, hex.
    pub sha256: String,
    /// Format version of the artifact.
    pub format: u32,
    /// When it was trained.
    pub trained_at: Timestamp,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// What it is now.
    pub status: VersionStatus,
    /// Its evidence.
    pub edge: Edge,
    /// Base rate of `up` in its training data.
    pub base_rate: f64,
    /// Hold-out metrics.
    pub evaluation: serde_json::Value,
    /// The gate's verdict.
    #[serde(default)]
    pub verdict: Option<serde_json::Value>,
    /// The champion that the verdict compares it with. It holds against no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_against: Option<u32>,
    /// Time by the clock at which it was stored; absent in records of older releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_at: Option<Timestamp>,
}

impl From<&NewVersion> for VersionRecord {
    fn from(new: &NewVersion) -> Self {
        let new = new.clone();
        Self {
            series: new.series,
            version: new.version,
            run: new.run,
            family: new.family,
            artifact_key: new.artifact_key,
            drift_key: new.drift_key,
            sha256: new.sha256,
            format: new.format,
            trained_at: new.trained_at,
            registered_at: new.registered_at,
            status: VersionStatus::Candidate,
            edge: new.edge,
            base_rate: new.base_rate,
            evaluation: new.evaluation,
            verdict: new.verdict,
            judged_against: new.judged_against,
            stored_at: Some(new.stored_at),
        }
    }
}

/// The alias `champion` of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The version that serves.
    pub version: u32,
    /// The one before it.
    #[serde(default)]
    pub previous: Option<u32>,
    /// How often the alias has moved; every move is conditional on it.
    pub revision: u32,
    /// Since when.
    pub since: Timestamp,
}

/// One move of the alias. Written once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRecord {
    /// The series.
    pub series: Series,
    /// Who serves after the move.
    pub version: u32,
    /// Who served before it.
    #[serde(default)]
    pub previous: Option<u32>,
    /// The alias's revision after the move.
    pub revision: u32,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Time by the clock at which it was stored; absent in records of older releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_at: Option<Timestamp>,
}

/// Beginning of the reason of a rollback; what follows are an operator's own words.
const ROLLED_BACK: &str = "rolled back: ";

impl HistoryRecord {
    /// Reason of a rollback that an operator asked for.
    #[must_use]
    pub fn rollback_reason(why: &str) -> String {
        format!("{ROLLED_BACK}{why}")
    }

    /// True if an operator asked for the move. Its reason is for operators alone.
    #[must_use]
    pub fn is_rollback(&self) -> bool {
        self.reason.starts_with(ROLLED_BACK)
    }
}

/// What became of a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promotion {
    /// The alias moved, and the history says so.
    Done,
    /// Somebody else moved the alias first; nothing was written.
    Conflict {
        /// Who serves.
        current: Option<u32>,
    },
}
