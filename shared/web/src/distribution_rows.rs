//! Table rows of the track record of forecast distributions, with every number in its final form.

use crate::format::{UNKNOWN, format_date};
use contracts::{
    TOO_FEW,
    report::{DistributionSummary, TrackRecordSummary},
};

/// Performance of the distributions over one period of the track record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistributionRow {
    /// Name of the period.
    pub name: &'static str,
    /// Date of the first forecast.
    pub from: String,
    /// Number of settled distributions.
    pub n: usize,
    /// Mean CRPS and that of climatology, as log returns in per cent.
    pub crps: String,
    /// CRPS skill over climatology with its 95 % interval.
    pub skill: String,
    /// CRPS skill over the last 365 days' moves with its 95 % interval.
    pub skill_recent: String,
    /// Shares of the outcomes inside the bands of 50, 80 and 95 %.
    pub coverage: String,
    /// Mean width of the 80 % band, as a log return in per cent.
    pub width: String,
    /// Brier skill of the odds, by size.
    pub odds: String,
}

impl DistributionRow {
    /// Rows of a track record, the shortest period first; a period without settled distributions has none.
    #[must_use]
    pub fn from_track_record(record: &TrackRecordSummary) -> Vec<Self> {
        let Some(distribution) = &record.distribution else { return Vec::new() };
        let all = if record.complete { "since the start" } else { "all in range" };
        let (rolling, promotion) = (&distribution.rolling, &distribution.since_promotion);
        [("recent", rolling), ("since promotion", promotion), (all, &distribution.since_start)]
            .into_iter()
            .filter_map(|(name, period)| Some(Self::new(name, period.as_ref()?)))
            .collect()
    }

    fn new(name: &'static str, period: &DistributionSummary) -> Self {
        let percent = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| UNKNOWN.to_owned(), |value| format!("{:.digits$} %", 100.0 * value))
        };
        let skill = |skill: Option<f64>, interval| {
            skill.map_or_else(|| UNKNOWN.to_owned(), |skill| format_skill(skill, interval))
        };
        let odds = period
            .odds
            .iter()
            .map(|odds| format!("{:.0} %: {}", 100.0 * odds.size, format_skill(odds.brier_skill, odds.brier_skill_ci)));
        Self {
            name,
            from: period.from.map_or_else(|| UNKNOWN.to_owned(), format_date),
            n: period.n,
            crps: format!("{}, climatology {}", percent(period.crps, 3), percent(period.crps_climatology, 3)),
            skill: skill(period.crps_skill, period.crps_skill_ci),
            skill_recent: skill(period.crps_skill_recent, period.crps_skill_recent_ci),
            coverage: period.coverage.map_or_else(
                || UNKNOWN.to_owned(),
                |shares| shares.map(|share| format!("{:.1} %", 100.0 * share)).join(", "),
            ),
            width: percent(period.width.map(|[_, width, _]| width), 1),
            odds: odds.collect::<Vec<_>>().join("; "),
        }
    }
}

/// Skill in per cent with its interval: `+2.2 % [+1.6, +2.9]`. Without an interval, [`TOO_FEW`] stands in its place.
#[must_use]
pub fn format_skill(skill: f64, interval: Option<[f64; 2]>) -> String {
    let skill = 100.0 * skill;
    interval.map_or_else(
        || format!("{skill:+.1} %, {TOO_FEW}"),
        |[lo, hi]| format!("{skill:+.1} % [{:+.1}, {:+.1}]", 100.0 * lo, 100.0 * hi),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::report::{DistributionRecordSummary, OddsSkillSummary};

    #[test]
    fn a_row_has_skill_coverage_width_and_odds() {
        let odds =
            OddsSkillSummary { size: 0.05, expected: 0.1, happened: 0.1, brier_skill: 0.04, brier_skill_ci: None };
        let period = DistributionSummary {
            n: 90,
            crps: Some(0.015_5),
            crps_skill: Some(0.022),
            crps_skill_ci: Some([0.016, 0.029]),
            coverage: Some([0.5, 0.8, 0.95]),
            width: Some([0.02, 0.08, 0.15]),
            odds: vec![odds],
            ..DistributionSummary::default()
        };
        let distribution = DistributionRecordSummary { rolling: Some(period), ..DistributionRecordSummary::default() };
        let mut record = TrackRecordSummary { distribution: Some(distribution), ..TrackRecordSummary::default() };
        let rows = DistributionRow::from_track_record(&record);
        let [row] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((row.name, row.crps.as_str()), ("recent", "1.550 %, climatology unknown"));
        assert_eq!((row.skill.as_str(), row.skill_recent.as_str()), ("+2.2 % [+1.6, +2.9]", "unknown"));
        assert_eq!((row.coverage.as_str(), row.width.as_str()), ("50.0 %, 80.0 %, 95.0 %", "8.0 %"));
        assert_eq!(row.odds, "5 %: +4.0 %, too few to judge");
        record.distribution = None;
        assert_eq!(DistributionRow::from_track_record(&record), []);
    }
}
