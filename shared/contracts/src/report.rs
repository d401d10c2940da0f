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

/// Report time, track record, latest forecasts and challengers of a report.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ReportSummary {
    /// Time that counted as now when the report was made.
    pub as_of: Option<Timestamp>,
    /// Track record of the series.
    pub performance: TrackRecordSummary,
    /// Latest forecasts, in ascending order.
    pub recent: Vec<RecentForecast>,
    /// Evidence of the challengers in the shadow, oldest first; empty in reports of older releases.
    pub challengers: Vec<ChallengerSummary>,
}

/// Live evidence of one challenger.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ChallengerSummary {
    /// Version of the challenger.
    pub version: u32,
    /// Evidence from its forecasts beside the champion.
    #[serde(flatten)]
    pub evidence: LiveEvidence,
}

/// Evidence of a challenger from its live forecasts beside the champion.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct LiveEvidence {
    /// Version that served when the evidence was measured.
    pub champion: Option<u32>,
    /// First decision time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Last decision time with an outcome.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub through: Option<Timestamp>,
    /// Evidence of the direction; null without an outcome beside that champion.
    pub direction: Option<LivePart>,
    /// Evidence of the distribution; null without an outcome beside that champion.
    pub distribution: Option<LivePart>,
}

/// Live evidence of one part of a challenger. Gains are above zero if it is better: log loss in nats, CRPS in log returns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct LivePart {
    /// Number of outcomes while that champion served.
    pub n: usize,
    /// Mean gain over that champion.
    pub gain_over_champion: Option<f64>,
    /// Mean gain over climatology, of all outcomes.
    pub gain_over_climatology: Option<f64>,
    /// Gain over climatology as a share of climatology's loss.
    pub skill: Option<f64>,
    /// Highest e-value so far against "the champion is no worse".
    pub e_champion: Option<f64>,
    /// Highest e-value so far against "climatology is no worse".
    pub e_climatology: Option<f64>,
    /// E-value that both must reach before this part may be promoted.
    pub threshold: Option<f64>,
    /// True if it is shown to be better than both.
    pub better: bool,
}

impl LivePart {
    /// The lower one of both e-values, and the one that is needed; `None` where one of them is unknown.
    #[must_use]
    pub fn e_value_of_threshold(&self) -> Option<(f64, f64)> {
        Some((self.e_champion?.min(self.e_climatology?), self.threshold?))
    }
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
    /// Track record of the forecast distributions; absent in reports of older releases.
    pub distribution: Option<DistributionRecordSummary>,
}

/// Track record of the forecast distributions over the same three periods. A tie counts as a move of zero.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct DistributionRecordSummary {
    /// Latest settled distributions, of any champion.
    pub rolling: Option<DistributionSummary>,
    /// All settled distributions in the look-back period.
    pub since_start: Option<DistributionSummary>,
    /// All settled distributions of the present champion.
    pub since_promotion: Option<DistributionSummary>,
}

/// Performance of settled distributions against climatology. Scores and widths are in log returns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct DistributionSummary {
    /// Number of settled distributions.
    pub n: usize,
    /// Decision time of the first one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Mean continuous ranked probability score (CRPS); lower is better.
    pub crps: Option<f64>,
    /// Mean CRPS of climatology, the distribution of all earlier moves.
    pub crps_climatology: Option<f64>,
    /// `1 - CRPS / CRPS of climatology`; above zero is better.
    pub crps_skill: Option<f64>,
    /// 95 % interval of the skill, low and high; absent for too few independent outcomes.
    #[schema(min_items = 2, max_items = 2)]
    pub crps_skill_ci: Option<[f64; 2]>,
    /// CRPS skill over the moves of the last 365 days.
    pub crps_skill_recent: Option<f64>,
    /// Its 95 % interval, low and high; absent for too few independent outcomes.
    #[schema(min_items = 2, max_items = 2)]
    pub crps_skill_recent_ci: Option<[f64; 2]>,
    /// Shares of the outcomes inside the bands of 50, 80 and 95 %.
    #[schema(min_items = 3, max_items = 3)]
    pub coverage: Option<[f64; 3]>,
    /// Mean widths of these bands.
    #[schema(min_items = 3, max_items = 3)]
    pub width: Option<[f64; 3]>,
    /// Numbers of outcomes per tenth of the distribution (histogram of the probability integral transform), from the lowest.
    pub pit: Vec<usize>,
    /// Skill of the odds, by size.
    pub odds: Vec<OddsSkillSummary>,
}

/// Skill of the odds of moves larger than one size, in either direction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OddsSkillSummary {
    /// Size of the move, a share of the price.
    pub size: f64,
    /// Mean probability of a larger move.
    pub expected: f64,
    /// Share of the outcomes that were larger.
    pub happened: f64,
    /// `1 - Brier / Brier of climatology`; above zero is better.
    pub brier_skill: f64,
    /// 95 % interval of the skill, low and high; absent for too few independent outcomes.
    #[schema(min_items = 2, max_items = 2)]
    pub brier_skill_ci: Option<[f64; 2]>,
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
        assert_eq!(newer.performance.distribution, None);
        let rolling = newer.performance.rolling.unwrap();
        assert_eq!((rolling.n, rolling.brier_skill, newer.recent), (90, None, Vec::new()));
    }

    #[test]
    fn evidence_of_a_challenger_is_read_as_far_as_known() {
        let report: ReportSummary = serde_json::from_str(
            r#"{"challengers":[{"version":4,"champion":3,"from":"2023-11-05T00:00:00Z","direction":{"n":41,"e_champion":2.5,
                "e_climatology":7.0,"threshold":400.0,"better":false,"new":1},"distribution":null},{"version":5}]}"#,
        )
        .unwrap();
        let (first, second) = (&report.challengers[0], &report.challengers[1]);
        assert_eq!((first.version, first.evidence.champion, first.evidence.through), (4, Some(3), None));
        let direction = first.evidence.direction.unwrap();
        assert_eq!((direction.n, direction.skill, direction.e_value_of_threshold()), (41, None, Some((2.5, 400.0))));
        assert_eq!((second.version, &second.evidence), (5, &LiveEvidence::default()));
    }
}
