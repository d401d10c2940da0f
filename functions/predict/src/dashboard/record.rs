//! What the page shows of a report that score wrote.

use aws::Outcome;
use domain::forecast::Direction;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The track record in a report. Reports are written by another function, perhaps of another release, and kept for long:
/// what one does not say is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Record {
    /// When it was written.
    pub as_of: Option<Timestamp>,
    /// How the forecasts did.
    pub performance: Realised,
    /// The last forecasts, ascending.
    pub recent: Vec<Past>,
}

/// How the forecasts did, over three stretches. A report may say more.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Realised {
    /// The last ones, whoever was champion.
    pub rolling: Option<Stretch>,
    /// All that are looked back on.
    pub since_start: Option<Stretch>,
    /// Whether these begin with the first forecast of all.
    pub whole: bool,
    /// All that are looked back on, by when they were stored; absent in reports of older releases.
    pub settled: Option<SettledCounts>,
    /// All of the present champion.
    pub since_promotion: Option<Stretch>,
}

/// Settled forecasts by when they were stored; ties are left out, as in every stretch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct SettledCounts {
    /// Number of those that were stored before their target time.
    pub live: usize,
    /// Number of those that were stored in a replay, at or after their target time. They are part of the track record only with
    /// `count_replays`.
    pub replayed: usize,
}

/// How settled forecasts did against climatology.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Stretch {
    /// Settled forecasts with an outcome.
    pub n: usize,
    /// Decision time of the first.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Mean log loss.
    pub log_loss: Option<f64>,
    /// Mean log loss of climatology.
    pub log_loss_climatology: Option<f64>,
    /// `1 - Brier / Brier of climatology`.
    pub brier_skill: Option<f64>,
    /// Its 95 % interval, low and high; absent for too few independent outcomes.
    #[schema(min_items = 2, max_items = 2)]
    pub brier_skill_ci: Option<[f64; 2]>,
    /// Forecasts that pointed up or down.
    pub called: usize,
    /// Share of those that were right.
    pub hit_rate: Option<f64>,
}

/// A forecast of the record.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Past {
    /// When it was made for.
    pub decision_time: Timestamp,
    /// What it said.
    pub probability_up: f64,
    /// What climatology said.
    pub baseline_probability: f64,
    /// Which way it pointed.
    pub direction: Direction,
    /// What happened, once known.
    #[serde(default)]
    pub outcome: Option<Outcome>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_an_older_or_newer_release_is_read_as_far_as_it_goes() {
        let record = |text: &str| serde_json::from_str::<Record>(text).unwrap();
        assert_eq!(record("{}"), Record::default());
        let newer = record(
            r#"{"as_of":"2023-11-05T00:05:00Z","performance":{"rolling":{"n":90,"brier_skill":null,"new":1}},"x":[]}"#,
        );
        assert_eq!(newer.performance.settled, None, "who did not count does not say none");
        let rolling = newer.performance.rolling.unwrap();
        assert_eq!((rolling.n, rolling.brier_skill, newer.recent), (90, None, Vec::new()));
    }
}
