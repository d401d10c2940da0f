//! Part of a score report that other functions read. `score` writes reports; `predict` reads them.
//!
//! A report may come from another release and is stored for years. An absent field is therefore `None`, zero or empty, and an
//! unknown field is ignored.

use crate::{Outcome, forecast::Direction};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Text in place of a number that too few outcomes support.
pub const TOO_FEW: &str = "too few to judge";

/// Report time, track record and latest forecasts of a report.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ReportSummary {
    /// Time that counted as now when the report was made.
    pub as_of: Option<Timestamp>,
    /// Track record of the series.
    pub performance: TrackRecordSummary,
    /// Latest forecasts, in ascending order.
    pub recent: Vec<RecentForecast>,
}

/// Track record of a series over three periods. A report may have more fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct TrackRecordSummary {
    /// Latest settled forecasts, of any champion.
    pub rolling: Option<PerformanceSummary>,
    /// All settled forecasts in the look-back period.
    pub since_start: Option<PerformanceSummary>,
    /// True if the look-back period begins with the first forecast of the series.
    #[serde(alias = "whole")]
    pub complete: bool,
    /// Numbers of settled forecasts in the look-back period; absent in reports of older releases.
    pub settled: Option<SettledCounts>,
    /// All settled forecasts of the present champion.
    pub since_promotion: Option<PerformanceSummary>,
}

/// Numbers of settled forecasts by the time at which they were stored. Ties are left out, as in every period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct SettledCounts {
    /// Number of forecasts that were stored before their target time.
    pub live: usize,
    /// Number of forecasts that were stored in a replay, at or after their target time. They are part of the track record only
    /// with `count_replays`.
    pub replayed: usize,
}

/// Performance of settled forecasts against climatology. Log losses are in nats.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PerformanceSummary {
    /// Number of settled forecasts with an outcome.
    pub n: usize,
    /// Decision time of the first forecast.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Mean log loss.
    pub log_loss: Option<f64>,
    /// Mean log loss of climatology.
    pub log_loss_climatology: Option<f64>,
    /// `1 - Brier / Brier of climatology`; above zero is better.
    pub brier_skill: Option<f64>,
    /// 95 % interval of the Brier skill, low and high; absent for too few independent outcomes.
    #[schema(min_items = 2, max_items = 2)]
    pub brier_skill_ci: Option<[f64; 2]>,
    /// Area under the ROC curve; absent when only one outcome occurred.
    pub auc: Option<f64>,
    /// Expected calibration error over ten equally wide bins.
    pub calibration_error: Option<f64>,
    /// Number of forecasts that pointed up or down.
    pub called: usize,
    /// Share of these that were correct; absent without any.
    pub hit_rate: Option<f64>,
}

/// Forecast in a report.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RecentForecast {
    /// Close of the last bar used.
    pub decision_time: Timestamp,
    /// Forecast probability of up.
    pub probability_up: f64,
    /// Probability of up by climatology.
    pub baseline_probability: f64,
    /// Direction of the forecast.
    pub direction: Direction,
    /// Outcome; absent while it is open.
    #[serde(default)]
    pub outcome: Option<Outcome>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_another_release_is_read_as_far_as_known() {
        let report = |text: &str| serde_json::from_str::<ReportSummary>(text).unwrap();
        assert_eq!(report("{}"), ReportSummary::default());
        assert!(report(r#"{"performance":{"whole":true}}"#).performance.complete, "older name of the field");
        let newer = report(
            r#"{"as_of":"2023-11-05T00:05:00Z","performance":{"rolling":{"n":90,"brier_skill":null,"new":1}},"x":[]}"#,
        );
        assert_eq!(newer.performance.settled, None, "absent counts are not zero");
        let rolling = newer.performance.rolling.unwrap();
        assert_eq!((rolling.n, rolling.brier_skill, newer.recent), (90, None, Vec::new()));
    }
}
