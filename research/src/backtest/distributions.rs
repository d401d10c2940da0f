//! Distributions of a backtest: that of the refit's model or climatology, with both baselines of each decision time.

use super::forecast::BacktestDistribution;
use contracts::distribution::Quantiles;
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

    /// Distribution at the close of a bar, with this probability of up, as [`Artifact::distribution`] stores it. Bars must not
    /// descend from call to call.
    pub(crate) fn forecast(&mut self, bar: usize, probability_up: f64) -> BacktestDistribution {
        self.settled.advance_to(bar);
        let baseline = Quantiles::from_ascending(self.settled.all());
        let model = self.of_model.get(bar - self.first).copied().flatten();
        let adjusted = |quantiles: Quantiles| quantiles.with_probability_up(probability_up).rounded();
        BacktestDistribution {
            quantiles: model.or(baseline).map(adjusted),
            baseline_quantiles: baseline.map(|baseline| baseline.rounded()),
            recent_quantiles: Quantiles::from_ascending(self.settled.recent()).map(|recent| recent.rounded()),
            outcome_return: self.moves[bar],
            by_model: model.is_some(),
        }
    }
}
