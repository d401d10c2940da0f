//! Texts of the distributions.

use super::Page;
use crate::backtest::{
    forecast::BacktestForecast,
    refit_record::{DistributionSummary, RefitRecord},
};
use contracts::distribution::OddsSide;
use evaluation::{
    TOO_FEW,
    bootstrap::skill,
    distribution::{DistributionEvaluation, PitHistogram, Skill},
};

/// Level of the test of uniformity.
const UNIFORMITY_LEVEL: f64 = 0.05;

impl Page<'_> {
    pub(super) fn skill_percent(&self, skill: &Skill) -> String {
        let percent = |share: f64| format!("{:+.1}", 100.0 * share);
        let interval = skill
            .interval
            .map_or_else(|| format!(", {TOO_FEW}"), |[lo, hi]| format!(" [{}, {}]", percent(lo), percent(hi)));
        format!("{} %{interval}", percent(skill.skill))
    }

    /// Distribution of a refit, with the CRPS skill of its folds.
    pub(super) fn refit_distribution(&self, refit: &RefitRecord) -> String {
        match &refit.distribution {
            Some(DistributionSummary { by_model: true, out_of_fold: Some(search) }) => {
                let share = skill(search.crps, search.crps_climatology);
                format!("{}, {:+.1} %", search.chosen, 100.0 * share)
            }
            _ => "climatology".to_owned(),
        }
    }

    pub(super) fn optional_skill(&self, skill: &Option<Skill>) -> String {
        skill.map_or_else(|| "none".to_owned(), |skill| self.skill_percent(&skill))
    }

    pub(super) fn side(&self, side: &OddsSide) -> &'static str {
        match side {
            OddsSide::Up => "up",
            OddsSide::Down => "down",
            OddsSide::Either => "either way",
        }
    }

    /// Result of the test of uniformity.
    pub(super) fn uniformity(&self, pit: &PitHistogram) -> String {
        match pit.p_value {
            None => format!("Test of uniformity: {TOO_FEW}."),
            Some(p) => format!(
                "Chi-square test of uniformity, overlapping outcomes counted once: p = {p:.3}, {}.",
                if p < UNIFORMITY_LEVEL { "not calibrated" } else { "no departure shown" }
            ),
        }
    }

    /// Years of the bands: coverage of each band in each year.
    pub(super) fn years(&self, distribution: &DistributionEvaluation) -> Vec<(String, usize, Vec<String>)> {
        let Some(first) = distribution.bands.first() else { return vec![] };
        (first.years.iter().enumerate())
            .map(|(index, year)| {
                let name = if year.full { year.year.to_string() } else { format!("{} (part)", year.year) };
                let coverage = distribution.bands.iter().filter_map(|band| band.years.get(index));
                (name, year.n, coverage.map(|year| self.percent(&year.coverage)).collect())
            })
            .collect()
    }

    pub(super) fn band_80(&self, forecast: &BacktestForecast) -> String {
        forecast.distribution.quantiles.map_or_else(String::new, |quantiles| {
            let [low, high] = quantiles.band(0.8).map(|log_return| self.signed_percent(log_return.exp_m1()));
            format!("{low} to {high}")
        })
    }

    pub(super) fn change(&self, forecast: &BacktestForecast) -> String {
        let change = |log_return: f64| self.signed_percent(log_return.exp_m1());
        forecast.distribution.outcome_return.map_or_else(|| "open".to_owned(), change)
    }

    pub(super) fn whole_percent(&self, share: &f64) -> String {
        format!("{:.0} %", 100.0 * share)
    }

    pub(super) fn crps(&self, crps: &f64) -> String {
        format!("{:.3} %", 100.0 * crps)
    }

    pub(super) fn signed_percent(&self, share: f64) -> String {
        format!("{:+.1} %", 100.0 * share)
    }
}
