//! Distributions of a backtest: that of the refit's model or climatology, with both baselines of each decision time.

use super::forecast::BacktestDistribution;
use contracts::distribution::{DistributionEvidence, Quantiles, StoredDistribution};
use features::{baselines::SettledMoves, dataset::Dataset};
use model::Artifact;
use std::ops::Range;

/// Distributions of ascending bars.
pub(crate) struct Distributions<'a> {
    dataset: &'a Dataset,
    moves: &'a [Option<f64>],
    settled: SettledMoves<'a>,
    /// Quantiles of the model for the bars since `first`, before their probabilities of up are known.
    of_model: Vec<Option<Quantiles>>,
    first: usize,
}

impl<'a> Distributions<'a> {
    /// No model yet. `moves` are those of the dataset, aligned with its bars.
    pub(crate) fn new(dataset: &'a Dataset, moves: &'a [Option<f64>]) -> Self {
        let settled = SettledMoves::new(&dataset.series, moves);
        Self { dataset, moves, settled, of_model: vec![], first: 0 }
    }

    /// Takes the distribution model of a refit for the bars of `range`; without one they have climatology.
    pub(crate) fn use_model(&mut self, artifact: Option<&Artifact>, range: Range<usize>) {
        let Dataset { series, bars, .. } = self.dataset;
        self.first = range.start;
        self.of_model = artifact
            .and_then(Artifact::distribution_model)
            .map(|model| model.quantiles(series, &bars[..range.end], range))
            .unwrap_or_default();
    }

    /// Distribution at the close of a bar, with this probability of up, as it would be stored. Bars must not
    /// descend from call to call.
    pub(crate) fn forecast(&mut self, bar: usize, probability_up: f64) -> BacktestDistribution {
        self.settled.advance_to(bar);
        let baseline = Quantiles::from_ascending(self.settled.all());
        let model = self.of_model.get(bar - self.first).copied().flatten();
        let stored = baseline.map(|baseline| {
            let close = self.dataset.bars[bar].close;
            StoredDistribution::new(model, baseline, close, probability_up, DistributionEvidence::NONE)
        });
        BacktestDistribution {
            quantiles: stored.as_ref().map(|stored| stored.quantiles),
            baseline_quantiles: stored.as_ref().map(|stored| stored.baseline),
            recent_quantiles: Quantiles::from_ascending(self.settled.recent()).map(|recent| recent.rounded()),
            outcome_return: self.moves[bar],
            by_model: model.is_some(),
        }
    }
}
