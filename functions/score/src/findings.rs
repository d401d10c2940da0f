//! Everything that is known about a series after it was scored, for the report and the alert.

use crate::{
    drift::{self, Drift},
    error::ScoreError,
    forecast::Champion,
    market::Market,
    realised::{self, Realised},
};
use aws::ForecastRecord;
use domain::{
    Series,
    drift::{DriftConfig, DriftReference},
};

/// What was found.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    pub(crate) series: &'a Series,
    pub(crate) market: &'a Market,
    pub(crate) champion: &'a Champion,
    /// Forecasts with their outcomes, ascending by decision time.
    pub(crate) records: &'a [ForecastRecord],
    pub(crate) realised: Realised,
    /// `None` when nothing can be compared.
    pub(crate) drift: Option<Drift>,
    pub(crate) config: &'a DriftConfig,
}

impl<'a> Findings<'a> {
    /// Scores the track record and looks for drift.
    pub(crate) fn new(
        series: &'a Series,
        market: &'a Market,
        champion: &'a Champion,
        reference: Option<&DriftReference>,
        records: &'a [ForecastRecord],
        config: &'a DriftConfig,
    ) -> Result<Self, ScoreError> {
        let record = realised::track_record(records, market.as_of);
        let realised = realised::realised(series, &record, champion.version, config)?;
        let drift = match reference {
            Some(reference) => drift::look(market, champion, reference, realised.champion.as_ref(), config)?,
            None => None,
        };
        Ok(Self { series, market, champion, records, realised, drift, config })
    }

    /// The confirmed drift, if it is.
    pub(crate) fn confirmed(&self) -> Option<&Drift> {
        self.drift.as_ref().filter(|drift| drift.decision.confirmed)
    }
}
