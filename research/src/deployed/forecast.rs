//! Forecast at one bar, as score makes and stores it.

use super::{Deployment, version::Version};
use crate::error::ResearchError;
use contracts::{
    distribution::{Quantiles, StoredDistribution},
    expert::{Expert, ExpertForecast, PairedDistribution, PairedForecast, mixed_probability},
    forecast::{Direction, Novelty, Validity},
    warning::flat_prices,
};
use features::{FeatureRow, dataset::Dataset};
use jiff::Timestamp;
use model::{
    DISTRIBUTION_WINDOW_BARS, PredictError,
    mixture::{SettledExperts, epoch_start, mix},
};

/// Forecast as it would have been stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeployedForecast {
    /// Index of the last bar used.
    pub(crate) bar: usize,
    pub(crate) decision_time: Timestamp,
    /// Version that served.
    pub(crate) champion_version: u32,
    /// Probability of up by the champion alone.
    pub(crate) champion: f64,
    /// Probability of the mixture, which is served.
    pub(crate) probability_up: f64,
    /// Climatology at the decision time.
    pub(crate) climatology: f64,
    /// Experts with their weights, climatology first.
    pub(crate) experts: Vec<ExpertForecast>,
    pub(crate) distribution: Option<StoredDistribution>,
    /// Quantiles of the settled moves of the last 365 days.
    pub(crate) recent: Option<Quantiles>,
    /// True if a distribution model made the distribution, false if it is climatology.
    pub(crate) distribution_by_model: bool,
    /// Lower and upper end of the uncertainty band.
    pub(crate) band: [f64; 2],
    pub(crate) direction: Direction,
}

impl DeployedForecast {
    /// The forecast beside that of a challenger; `None` if that made none, or the outcome is unknown.
    pub(super) fn paired_with(
        &self,
        challenger: u32,
        dataset: &Dataset,
        moves: &[Option<f64>],
    ) -> Option<PairedForecast> {
        let own = self.experts.iter().find(|forecast| forecast.expert == Expert::Version(challenger))?;
        let outcome = moves[self.bar]?;
        let distribution = own.quantiles.zip(self.distribution.as_ref()).map(|(challenger, served)| {
            PairedDistribution { challenger, champion: served.quantiles, climatology: served.baseline, outcome }
        });
        Some(PairedForecast {
            decision_time: self.decision_time,
            champion_version: self.champion_version,
            challenger: own.probability_up,
            champion: self.champion,
            climatology: self.climatology,
            up: dataset.labels[self.bar],
            distribution,
        })
    }
}

impl Deployment<'_> {
    /// Forecasts at the close of a bar, which is not before the last one and of a [prepared](Deployment::prepare) range. `None` where
    /// the bar has no features.
    pub(crate) fn forecast(&mut self, bar: usize) -> Result<Option<&DeployedForecast>, ResearchError> {
        let Some(row) = &self.dataset.features[bar] else { return Ok(None) };
        let decision_time = self.dataset.decision_time(bar);
        let forecast =
            self.forecast_row(bar, row).map_err(|source| ResearchError::Predict { decision_time, source })?;
        self.forecasts.push(forecast);
        Ok(self.forecasts.last())
    }

    fn forecast_row(&mut self, bar: usize, row: &FeatureRow) -> Result<DeployedForecast, PredictError> {
        let Dataset { bars, climatology, .. } = self.dataset;
        let (decision_time, climatology) = (self.dataset.decision_time(bar), climatology[bar]);
        let champion = self.champion.artifact.predict(&row.values)?;
        let mut experts = self.experts(bar, row, climatology, champion)?;
        let probability_up = mixed_probability(&experts);
        for forecast in &mut experts {
            forecast.quantiles = forecast.quantiles.map(|own| own.with_probability_up(probability_up).rounded());
        }
        let artifact = &self.champion.artifact;
        let window = &bars[(bar + 1).saturating_sub(DISTRIBUTION_WINDOW_BARS)..=bar];
        let novelty = artifact.novelty(&row.values)?.and_then(Novelty::warning);
        let warnings: Vec<_> = flat_prices(window).into_iter().chain(novelty).collect();
        let band = artifact.band(probability_up);
        let Validity { direction, .. } = Validity::new(&artifact.edge, band, &warnings);
        self.settled.advance_to(bar);
        let quantiles = self.champion.quantiles(bar);
        let distribution = Quantiles::from_ascending(self.settled.all())
            .map(|baseline| artifact.distribution(quantiles, baseline, bars[bar].close, probability_up));
        Ok(DeployedForecast {
            bar,
            decision_time,
            champion_version: self.champion.number,
            champion,
            probability_up,
            climatology,
            experts,
            distribution,
            recent: Quantiles::from_ascending(self.settled.recent()).map(|recent| recent.rounded()),
            distribution_by_model: quantiles.is_some(),
            band,
            direction,
        })
    }

    /// Experts with the weights that follow from the forecasts settled before.
    fn experts(
        &mut self,
        bar: usize,
        row: &FeatureRow,
        climatology: f64,
        champion: f64,
    ) -> Result<Vec<ExpertForecast>, PredictError> {
        let Dataset { series, labels, .. } = self.dataset;
        while self.counted <= bar {
            self.counts.settle(self.counted, labels, &self.cells, series.horizon);
            self.counted += 1;
        }
        let frequencies = self.counts.probabilities(&self.cells[bar], climatology, series.horizon);
        let forecast = |version: &Version, probability_up, quantiles| ExpertForecast {
            expert: Expert::Version(version.number),
            weight: 0.0,
            probability_up,
            quantiles,
        };
        let mut versions = vec![forecast(&self.champion, champion, None)];
        for challenger in &self.shadow {
            let version = &challenger.version;
            versions.push(forecast(version, version.artifact.predict(&row.values)?, version.quantiles(bar)));
        }
        let decision_time = self.dataset.decision_time(bar);
        let epoch = epoch_start(series, decision_time);
        let first = self.forecasts.partition_point(|forecast| forecast.decision_time < epoch);
        let settled = self.forecasts[first..].iter().map(|forecast| SettledExperts {
            decision_time: forecast.decision_time,
            experts: &forecast.experts,
            up: labels[forecast.bar],
        });
        Ok(mix(series, decision_time, climatology, frequencies, versions, settled))
    }
}
