//! Distributions on the hold-out: scores of the challenger's, the champion's and climatology's, for evaluation and gate.

use contracts::distribution::{DistributionEvidence, OddsSizes, Quantiles, StoredDistribution};
use evaluation::{
    bootstrap::BootstrapError,
    distribution::{DistributionEvaluation, DistributionInput, SettledDistribution},
};
use features::baselines::{SettledMoves, moves};
use jiff::Timestamp;
use market_data::{Bar, Series};
use model::Artifact;

/// Settled moves of the hold-out with the baselines of their decision times.
#[derive(Debug)]
pub(crate) struct HoldOutMoves<'a> {
    series: &'a Series,
    bars: &'a [Bar],
    first: usize,
    rows: Vec<HoldOutMove>,
}

/// Settled move of one bar.
#[derive(Debug, Clone, Copy)]
struct HoldOutMove {
    bar: usize,
    decision_time: Timestamp,
    climatology: Quantiles,
    recent: Option<Quantiles>,
    value: f64,
}

impl<'a> HoldOutMoves<'a> {
    /// Settled moves of the bars from index `first` on that have a forecast.
    pub(crate) fn new(series: &'a Series, bars: &'a [Bar], first: usize, is_forecast: impl Fn(usize) -> bool) -> Self {
        let all = moves(bars, series.interval, series.horizon);
        let mut settled = SettledMoves::new(series, &all);
        let row = |bar: usize| {
            settled.advance_to(bar);
            Some(HoldOutMove {
                bar,
                decision_time: series.decision_time(bars[bar].time),
                climatology: Quantiles::from_ascending(settled.all())?,
                recent: Quantiles::from_ascending(settled.recent()),
                value: all[bar]?,
            })
        };
        let rows = (first..bars.len()).filter(|bar| is_forecast(*bar)).filter_map(row).collect();
        Self { series, bars, first, rows }
    }

    /// Number of bars, with those before the hold-out.
    pub(crate) fn bars(&self) -> usize {
        self.bars.len()
    }

    /// Index of the first bar of the hold-out.
    pub(crate) fn first(&self) -> usize {
        self.first
    }

    /// Number of moves decided before a time.
    pub(crate) fn count_before(&self, time: Timestamp) -> usize {
        self.rows.partition_point(|row| row.decision_time < time)
    }

    /// Settled distributions of an artifact; without one, of climatology. `probability_up` returns the probability of a bar, to which they
    /// are adjusted.
    pub(crate) fn settled(
        &self,
        artifact: Option<&Artifact>,
        probability_up: &dyn Fn(usize) -> f64,
    ) -> Vec<SettledDistribution> {
        let model = artifact.and_then(Artifact::distribution_model);
        let quantiles = model.map(|model| model.quantiles(self.series, self.bars, self.first..self.bars.len()));
        let settle = |row: &HoldOutMove| {
            let forecast = quantiles.as_ref().and_then(|quantiles| quantiles[row.bar - self.first]);
            let close = self.bars[row.bar].close;
            let probability_up = probability_up(row.bar);
            let evidence = DistributionEvidence::NONE;
            SettledDistribution {
                decision_time: row.decision_time,
                quantiles: StoredDistribution::new(forecast, row.climatology, close, probability_up, evidence)
                    .quantiles,
                baseline: row.climatology,
                recent: row.recent,
                outcome: row.value,
            }
        };
        self.rows.iter().map(settle).collect()
    }
}

/// Evaluates settled distributions.
pub(crate) fn evaluate(
    series: &Series,
    settled: &[SettledDistribution],
    from_model: bool,
    resamples: usize,
    seed: u64,
) -> Result<Option<DistributionEvaluation>, BootstrapError> {
    let sizes = &OddsSizes::for_series(series);
    DistributionEvaluation::new(&DistributionInput { series, settled, from_model, sizes, resamples, seed })
}

/// CRPS of settled distributions.
pub(crate) fn crps(settled: &[SettledDistribution]) -> Vec<f64> {
    settled.iter().map(|row| row.quantiles.crps(row.outcome)).collect()
}
