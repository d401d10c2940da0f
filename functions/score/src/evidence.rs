//! What the champion's record says of it: tests that may be looked at after every outcome, and what its forecasts claim.

use crate::forecast::{Champion, is_live};
use aws::ForecastRecord;
use domain::{
    Series,
    drift::{DriftConfig, Settled},
    monitor::{Claim, Expected, SequentialTest, sequential::Null},
};
use jiff::Timestamp;
use serde::Serialize;

/// The tests of the champion over its whole life.
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

/// Tests what `record` holds of the champion.
pub(crate) fn sequential(
    series: &Series,
    record: &[(u32, Settled)],
    champion: &Champion,
    config: &DriftConfig,
) -> Sequential {
    let own: Vec<Settled> =
        record.iter().filter(|(by, _)| *by == champion.version).map(|(_, settled)| *settled).collect();
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
