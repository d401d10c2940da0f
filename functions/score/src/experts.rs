//! Experts behind a forecast: climatology, frequencies, the champion and the challengers in its shadow.

use crate::{bars::ScoredBars, champion::Champion, error::ScoreError};
use aws::{ForecastRecord, ModelRegistry, ObjectStore};
use contracts::{
    distribution::Quantiles,
    expert::{Expert, ExpertForecast},
};
use features::{
    FeatureRow,
    baselines::{Cells, FrequencyCounts, cells},
};
use jiff::Timestamp;
use market_data::Series;
use model::{
    Artifact,
    mixture::{SettledExperts, mix},
};
use observability::{Metrics, error_chain};

/// Verified version that forecasts beside the champion.
#[derive(Debug)]
pub(crate) struct Challenger {
    pub(crate) version: u32,
    pub(crate) artifact: Artifact,
    /// Error that the promotion of each of its parts may spend.
    pub(crate) live_alpha: Option<f64>,
}

/// Reads the challengers that were registered by `as_of`, oldest first. One that cannot be read is logged and left out: it must not
/// stop the champion.
pub(crate) async fn load_challengers(
    registry: &ModelRegistry,
    storage: &ObjectStore,
    series: &Series,
    as_of: Timestamp,
) -> Result<Vec<Challenger>, ScoreError> {
    let records = registry.shadow_versions(series).await.map_err(ScoreError::store_error("list the challengers"))?;
    let mut challengers = Vec::new();
    for record in records.into_iter().filter(|record| record.registered_at <= as_of) {
        let version = record.version;
        let problem = match storage.get(&record.artifact_key).await {
            Ok(Some(bytes)) => match Artifact::from_bytes(&bytes, &record.sha256) {
                Ok(artifact) => {
                    challengers.push(Challenger { version, artifact, live_alpha: record.live_alpha });
                    continue;
                }
                Err(error) => error_chain(&error),
            },
            Ok(None) => "its artifact is missing".to_owned(),
            Err(error) => error_chain(&error),
        };
        tracing::error!(%series, version, error = problem, "left out a challenger");
        Metrics::for_series(series.slug()).count("ChallengerUnusable", 1).emit();
    }
    Ok(challengers)
}

/// Experts at successive bars, with what they know of the past.
pub(crate) struct ExpertPanel<'a> {
    series: &'a Series,
    bars: &'a ScoredBars,
    champion: &'a Champion,
    challengers: &'a [Challenger],
    labels: &'a [Option<bool>],
    cells: Vec<Cells>,
    counts: FrequencyCounts,
    /// Number of bars whose settled labels are counted.
    counted: usize,
    /// Quantiles of each challenger's distribution model, from the bar `first` on.
    quantiles: Vec<Vec<Option<Quantiles>>>,
    first: usize,
}

impl<'a> ExpertPanel<'a> {
    /// Experts at the bars from `first` on. `labels` are aligned with the bars.
    pub(crate) fn new(
        series: &'a Series,
        bars: &'a ScoredBars,
        champion: &'a Champion,
        challengers: &'a [Challenger],
        labels: &'a [Option<bool>],
        first: usize,
    ) -> Self {
        let all = bars.as_slice();
        let quantiles = |challenger: &Challenger| {
            let model = challenger.artifact.distribution_model();
            model.map(|model| model.quantiles(series, all, first..all.len())).unwrap_or_default()
        };
        Self {
            series,
            bars,
            champion,
            challengers,
            labels,
            cells: cells(series, all),
            counts: FrequencyCounts::default(),
            counted: 0,
            quantiles: challengers.iter().map(quantiles).collect(),
            first,
        }
    }

    /// Forecasts of all experts at a bar, which is not before the last one asked for. `champion` is the champion's probability,
    /// `earlier` the stored forecasts, ascending.
    pub(crate) fn forecasts<'r>(
        &mut self,
        bar: usize,
        row: &FeatureRow,
        climatology: f64,
        champion: f64,
        earlier: impl Iterator<Item = &'r ForecastRecord>,
    ) -> Vec<ExpertForecast> {
        let (series, horizon) = (self.series, self.series.horizon);
        while self.counted <= bar {
            self.counts.settle(self.counted, self.labels, &self.cells, horizon);
            self.counted += 1;
        }
        let frequencies = self.counts.probabilities(&self.cells[bar], climatology, horizon);
        let decision_time = series.decision_time(self.bars.as_slice()[bar].time);
        let target_time = series.target_time(decision_time);
        let serving = ExpertForecast {
            expert: Expert::Version(self.champion.version),
            weight: 0.0,
            probability_up: champion,
            quantiles: None,
        };
        let challengers = self.challengers.iter().zip(&self.quantiles).filter_map(|(challenger, quantiles)| {
            let Challenger { version, artifact, .. } = challenger;
            // It may have seen earlier outcomes in training or selection.
            let is_unseen = *version != self.champion.version && target_time > artifact.trained_at;
            let probability_up = artifact.predict(&row.values).ok().filter(|_| is_unseen)?;
            let quantiles = quantiles.get(bar - self.first).copied().flatten();
            Some(ExpertForecast { expert: Expert::Version(*version), weight: 0.0, probability_up, quantiles })
        });
        let settled = earlier.filter(|record| record.made_in_time()).map(|record| SettledExperts {
            decision_time: record.forecast.decision_time,
            experts: &record.experts,
            up: self.outcome(record),
        });
        let versions = std::iter::once(serving).chain(challengers);
        mix(series, decision_time, climatology, frequencies, versions, settled)
    }

    /// Outcome of a forecast: the stored one, or that of the bars.
    fn outcome(&self, record: &ForecastRecord) -> Option<bool> {
        match record.outcome {
            Some(outcome) => outcome.label(),
            None => {
                let last_bar = self.series.interval.step(record.forecast.decision_time, -1);
                self.labels[self.bars.index_of(last_bar)?]
            }
        }
    }
}

/// Quantiles of the challengers with the probability of up that is served, rounded as the champion's are stored.
pub(crate) fn with_served_probability(experts: &mut [ExpertForecast], probability_up: f64) {
    for forecast in experts {
        let adjusted = |quantiles: Quantiles| quantiles.with_probability_up(probability_up).rounded();
        forecast.quantiles = forecast.quantiles.map(adjusted);
    }
}
