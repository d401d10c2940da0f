//! Records of the registry.

use crate::{StoredEvaluation, StoredVerdict};
use contracts::forecast::Edge;
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};

/// Status of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VersionStatus {
    /// Registered, and neither promoted nor rejected yet.
    Candidate,
    /// Forecasts beside the champion, unseen by callers.
    Shadow,
    /// Serves.
    Champion,
    /// Served before, or has left the shadow.
    Retired,
    /// Rejected after the gate.
    Rejected,
}

impl VersionStatus {
    /// As it is stored.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Shadow => "shadow",
            Self::Champion => "champion",
            Self::Retired => "retired",
            Self::Rejected => "rejected",
        }
    }
}

/// Version to register: a [`VersionRecord`] without its status.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVersion {
    /// Its series.
    pub series: Series,
    /// Its number, from [`ModelRegistry::allocate_version`](super::ModelRegistry::allocate_version).
    pub version: u32,
    /// Run id of the training that made it.
    pub run: String,
    /// Model family, for people.
    pub family: String,
    /// Key of the artifact.
    pub artifact_key: String,
    /// Key of its drift reference, if it has one.
    pub drift_key: Option<String>,
    /// SHA-256 of the artifact, hex.
    pub sha256: String,
    /// Format version of the artifact.
    pub format: u32,
    /// Time at which it was trained.
    pub trained_at: Timestamp,
    /// Time at which it is registered.
    pub registered_at: Timestamp,
    /// Edge on the hold-out.
    pub edge: Edge,
    /// Base rate of `up` in its training data, 0 to 1: the fallback forecast if the artifact cannot be used.
    pub base_rate: f64,
    /// Evaluation on the hold-out.
    pub evaluation: StoredEvaluation,
    /// Verdict of the gate; `None` for a baseline champion.
    pub verdict: Option<StoredVerdict>,
    /// Champion that the verdict compares it with; the verdict holds against no other.
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
    /// Run id of the training that made it.
    pub run: String,
    /// Model family, for people.
    pub family: String,
    /// Key of the artifact.
    pub artifact_key: String,
    /// Key of its drift reference, if it has one.
    #[serde(default)]
    pub drift_key: Option<String>,
    /// SHA-256 of the artifact, hex.
    pub sha256: String,
    /// Format version of the artifact.
    pub format: u32,
    /// Time at which it was trained.
    pub trained_at: Timestamp,
    /// Time at which it was registered.
    pub registered_at: Timestamp,
    /// Present status.
    pub status: VersionStatus,
    /// Edge on the hold-out.
    pub edge: Edge,
    /// Base rate of `up` in its training data, 0 to 1.
    pub base_rate: f64,
    /// Evaluation on the hold-out.
    pub evaluation: StoredEvaluation,
    /// Verdict of the gate; `None` for a baseline champion.
    #[serde(default)]
    pub verdict: Option<StoredVerdict>,
    /// Champion that the verdict compares it with; the verdict holds against no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_against: Option<u32>,
    /// Error that a promotion of each of its parts by live forecasts may spend; absent for a version that never was in the shadow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_alpha: Option<f64>,
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
            live_alpha: None,
            stored_at: Some(new.stored_at),
        }
    }
}

/// The alias `champion` of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The version that serves.
    pub version: u32,
    /// Version that served before it; `None` for the first.
    #[serde(default)]
    pub previous: Option<u32>,
    /// Number of alias changes so far; every change is conditional on it.
    pub revision: u32,
    /// Time since which it serves.
    pub since: Timestamp,
}

/// One move of the alias. Written once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasChange {
    /// The series.
    pub series: Series,
    /// Version that serves after the change.
    pub version: u32,
    /// Version that served before it; `None` for the first.
    #[serde(default)]
    pub previous: Option<u32>,
    /// The alias's revision after the move.
    pub revision: u32,
    /// Time of the change.
    pub at: Timestamp,
    /// Reason of the change.
    pub reason: String,
    /// Time by the clock at which it was stored; absent in records of older releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_at: Option<Timestamp>,
}

/// Beginning of the reason of a rollback; what follows are an operator's own words.
const ROLLED_BACK: &str = "rolled back: ";

impl AliasChange {
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

/// Outcome of a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promotion {
    /// The alias moved, and the change is in the history.
    Promoted,
    /// Somebody else moved the alias first; nothing was written.
    Conflict {
        /// Version that serves, if any.
        current: Option<u32>,
    },
}
