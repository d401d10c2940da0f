//! What the champion's record says of it: tests that may be looked at after every outcome, and what its forecasts claim.

use crate::{
    forecast::{Champion, is_live},
    realised::epoch_start,
};
use aws::ForecastRecord;
use domain::{
    Series,
    drift::{DriftConfig, Settled},
    monitor::{Claim, Expected, SequentialTest, sequential::Null},
};
use jiff::Timestamp;
use serde::Serialize;

/// The tests of the champion over the present epoch of its life.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Sequential {
    pub(crate) worse_than_climatology: Option<SequentialTest>,
    /// `None` also for a champion of which nothing was promised.
    pub(crate) worse_than_promised: Option<SequentialTest>,
}

/// What its forecasts claim: an estimate, before outcomes are known.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Claimed {
    /// Those whose outcome is not known.
    pub(crate) open: Option<Expected>,
    /// The last ones, outcome or not: to be compared with what came.
    pub(crate) rolling: Option<Expected>,
}

/// Tests what `record` holds of the champion's present epoch.
pub(crate) fn sequential(
    series: &Series,
    record: &[(u32, Settled)],
    as_of: Timestamp,
    champion: &Champion,
    config: &DriftConfig,
) -> Sequential {
    let start = epoch_start(series, champion.artifact.trained_at, as_of);
    let own: Vec<Settled> = (record.iter())
        .filter(|(by, settled)| *by == champion.version && settled.decision_time >= start)
        .map(|(_, settled)| *settled)
        .collect();
    let test = |null, alpha| SequentialTest::new(series, &own, null, alpha);
    Sequential {
        worse_than_climatology: test(Null::Climatology, config.alpha_climatology),
        worse_than_promised: champion.promise.and_then(|most| test(Null::Promise(most), config.alpha_promise)),
    }
}

/// What the champion's live forecasts claim.
pub(crate) fn claimed(
    series: &Series,
    records: &[ForecastRecord],
    as_of: Timestamp,
    champion: &Champion,
    config: &DriftConfig,
) -> Claimed {
    let own: Vec<(bool, Claim)> = records
        .iter()
        .filter(|record| record.forecast.model.version == champion.version && is_live(record))
        .map(|record| {
            let forecast = &record.forecast;
            let claim = Claim {
                decision_time: forecast.decision_time,
                probability_up: forecast.probability_up,
                baseline_probability: forecast.baseline_probability,
                direction: forecast.direction,
            };
            (forecast.target_time > as_of || !record.is_settled(), claim)
        })
        .collect();
    let claims = |of: &[(bool, Claim)]| of.iter().map(|(_, claim)| *claim).collect::<Vec<_>>();
    let open: Vec<(bool, Claim)> = own.iter().filter(|(open, _)| *open).copied().collect();
    let rolling = &own[own.len().saturating_sub(config.rolling_forecasts(series.horizon))..];
    Claimed {
        open: Expected::of(&claims(&open), series.horizon),
        rolling: Expected::of(&claims(rolling), series.horizon),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        forecast::due,
        realised::track_record,
        settle::{join, settlement},
        testing::{champion, day, market, series},
    };

    #[test]
    fn each_champion_is_tested_by_its_own_outcomes_and_claims_what_is_open_apart() {
        let (series, config) = (series("eth-usd-1d-h7"), DriftConfig::default());
        let champion = champion(&series, day(600));
        let latest = market(720);
        let made = (650..=720).flat_map(|day| due(&series, &market(day), &champion, &[]).unwrap());
        let records: Vec<ForecastRecord> = made
            .map(|record| match settlement(&series, &latest, &record) {
                Some(settlement) => join(record, &settlement),
                None => record,
            })
            .collect();
        let record = track_record(&records, latest.as_of);
        let tested = sequential(&series, &record, latest.as_of, &champion, &config);
        let (climatology, promised) = (tested.worse_than_climatology.unwrap(), tested.worse_than_promised.unwrap());
        assert_eq!((climatology.n, climatology.processes, promised.n), (64, 7, 64));
        assert!((promised.null_excess + 0.001).abs() < 1e-12 && climatology.null_excess.abs() < 1e-12);

        let claims = claimed(&series, &records, latest.as_of, &champion, &config);
        assert_eq!((claims.open.unwrap().n, claims.rolling.unwrap().n), (7, 71));
        assert!(claims.rolling.unwrap().log_loss < claims.rolling.unwrap().log_loss_climatology);

        let unpromised = Champion { version: 4, promise: None, ..champion };
        let tested = sequential(&series, &record, latest.as_of, &unpromised, &config);
        assert_eq!((tested.worse_than_climatology, tested.worse_than_promised), (None, None));
        assert_eq!(claimed(&series, &records, latest.as_of, &unpromised, &config).rolling, None);
    }
}
