//! Everything that is known about a series after it was scored, for the report and the alert.

use crate::{
    drift::{self, Drift},
    error::ScoreError,
    evidence::{self, Claimed, Sequential},
    forecast::{Champion, bars_before},
    market::Market,
    realised::{self, Realised},
};
use aws::ForecastRecord;
use domain::{
    Series,
    drift::{DriftConfig, DriftReference},
    monitor::{DataHealth, Decision, Evidence, Upheaval, decide},
};
use jiff::Timestamp;

/// What was found.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    pub(crate) series: &'a Series,
    pub(crate) market: &'a Market,
    pub(crate) champion: &'a Champion,
    /// Forecasts with their outcomes, ascending by decision time.
    pub(crate) records: &'a [ForecastRecord],
    pub(crate) realised: Realised,
    pub(crate) sequential: Sequential,
    pub(crate) expected: Claimed,
    /// `None` when there are too few bars from before the champion was trained.
    pub(crate) upheaval: Option<Upheaval>,
    pub(crate) health: DataHealth,
    /// `None` when nothing can be compared.
    pub(crate) drift: Option<Drift>,
    /// What all of that leads to.
    pub(crate) decision: Decision,
    pub(crate) config: &'a DriftConfig,
}

impl<'a> Findings<'a> {
    /// Scores the track record, looks for drift and decides.
    pub(crate) fn new(
        series: &'a Series,
        market: &'a Market,
        champion: &'a Champion,
        reference: Option<&DriftReference>,
        records: &'a [ForecastRecord],
        config: &'a DriftConfig,
    ) -> Result<Self, ScoreError> {
        let (as_of, version, interval) = (market.as_of, champion.version, series.interval);
        let record = realised::track_record(records, as_of);
        let look_back = realised::look_back(series, champion.artifact.trained_at, as_of, config);
        let whole = realised::is_whole(series, records, bars_before(series, as_of, look_back));
        let realised = realised::realised(series, &record, version, whole, config)?;
        let realised = realised.follow(series, market, records, version, config)?;
        let sequential = evidence::sequential(series, &record, as_of, champion, config);
        let expected = evidence::claimed(series, records, as_of, champion, config);
        let upheaval = Upheaval::of(market.bars(), interval, champion.artifact.trained_at, &config.upheaval);
        let sources: Vec<(Timestamp, &str)> =
            records.iter().map(|one| (one.forecast.decision_time, one.forecast.data.source.as_str())).collect();
        let health = DataHealth::of(market.bars(), interval, as_of, config.window_bars, &market.source, &sources);
        let windows = match reference {
            Some(reference) => drift::look(market, champion, reference, config)?,
            None => None,
        };
        let decision = decide(
            &Evidence {
                interval,
                windows: windows.as_deref().unwrap_or_default(),
                upheaval: upheaval.as_ref(),
                recent: realised.champion.as_ref(),
                climatology: sequential.worse_than_climatology.as_ref(),
                promise: sequential.worse_than_promised.as_ref(),
                health: &health,
            },
            config,
        );
        let drift = windows.map(|windows| Drift { windows, decision: (&decision).into() });
        Ok(Self {
            series,
            market,
            champion,
            records,
            realised,
            sequential,
            expected,
            upheaval,
            health,
            drift,
            decision,
            config,
        })
    }
}

#[cfg(test)]
mod tests;
