//! Versions of the registry, in memory.

use contracts::distribution::Quantiles;
use features::dataset::Dataset;
use model::Artifact;
use std::ops::Range;

/// Version with its forecasts of the coming bars' distributions.
pub(super) struct Version {
    pub(super) number: u32,
    pub(super) artifact: Artifact,
    /// Quantiles of its distribution model from the bar `first` on, before the probability of up is known.
    quantiles: Vec<Option<Quantiles>>,
    first: usize,
}

/// Version in the shadow.
pub(super) struct Challenger {
    pub(super) version: Version,
    /// Error that the promotion of each of its parts may spend.
    pub(super) live_alpha: f64,
}

impl Version {
    pub(super) fn new(number: u32, artifact: Artifact) -> Self {
        Self { number, artifact, quantiles: Vec::new(), first: 0 }
    }

    /// Computes the quantiles at the bars of `range`. Those of a bar depend on no later bar.
    pub(super) fn prepare(&mut self, dataset: &Dataset, range: Range<usize>) {
        self.first = range.start;
        let model = self.artifact.distribution_model();
        self.quantiles =
            model.map(|model| model.quantiles(&dataset.series, &dataset.bars[..range.end], range)).unwrap_or_default();
    }

    /// Quantiles at a bar of the prepared range; `None` without a distribution model, or without enough bars.
    pub(super) fn quantiles(&self, bar: usize) -> Option<Quantiles> {
        self.quantiles.get(bar.checked_sub(self.first)?).copied().flatten()
    }
}
