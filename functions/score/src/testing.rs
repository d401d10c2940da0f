//! Simulated bars and a champion for tests.

use crate::{
    bars::ScoredBars,
    champion::Champion,
    forecast::due_forecasts,
    settlement::{apply_settlement, settlement},
};
use aws::ForecastRecord;
use contracts::{distribution::OddsSizes, forecast::Edge};
use features::feature_names;
use jiff::Timestamp;
use market_data::{Bar, Interval, Series};
use market_simulator::{Continuation, MarketModel, Regime};
use model::{Artifact, Family, Logistic, Member, Model};
use monitoring::{MonitoringConfig, drift::DriftReference};

pub(crate) fn series(slug: &str) -> Series {
    slug.parse().unwrap()
}

/// Default sizes of the odds.
pub(crate) fn sizes(series: &Series) -> OddsSizes {
    OddsSizes::for_series(series)
}

/// Midnight, `days` after the first bar opens.
pub(crate) fn day(days: i64) -> Timestamp {
    Interval::Day.step("2020-01-01T00:00:00Z".parse().unwrap(), days)
}

pub(crate) fn bars(n: usize, seed: u64) -> Vec<Bar> {
    MarketModel::new(seed, Interval::Day, day(0)).bars(n)
}

/// `calm` bars of changing regimes, then `crisis` bars of a crisis.
pub(crate) fn bars_with_crisis(calm: usize, crisis: usize, seed: u64) -> Vec<Bar> {
    let mut bars = bars(calm, seed);
    let continuation = Continuation { seed, interval: Interval::Day, signal: 0.0, regime: Regime::Crisis };
    bars.extend(continuation.generate(&bars.clone()).unwrap().take(crisis).map(|step| step.bar));
    bars
}

/// Drift reference that train would store for the champion, had it been trained on these bars.
pub(crate) fn drift_reference(champion: &Champion, bars: &[Bar]) -> DriftReference {
    let rows: Vec<_> = features::feature_rows(bars, Interval::Day).into_iter().flatten().collect();
    let forecasts: Vec<f64> = rows.iter().map(|row| champion.artifact.predict(&row.values).unwrap()).collect();
    DriftReference::fit(&rows, &forecasts, &MonitoringConfig::default()).unwrap()
}

/// The first `days` bars, five minutes after the last one closed.
pub(crate) fn scored_days(days: i64) -> ScoredBars {
    scored(bars(usize::try_from(days).unwrap(), 1))
}

/// These bars, five minutes after the last one closed.
pub(crate) fn scored(bars: Vec<Bar>) -> ScoredBars {
    let as_of = Interval::Day.step(bars.last().unwrap().time, 1) + jiff::SignedDuration::from_mins(5);
    ScoredBars::new(Interval::Day, "coinbase (simulated)".to_owned(), as_of, bars, 400)
}

/// Forecasts made day by day, each at its decision time.
pub(crate) fn live_records(
    series: &Series,
    champion: &Champion,
    days: impl IntoIterator<Item = i64>,
) -> Vec<ForecastRecord> {
    let due = |day| due_forecasts(series, &scored_days(day), champion, &[], &[]).unwrap();
    days.into_iter().flat_map(due).collect()
}

/// Settles each forecast whose target bar is among `bars`.
pub(crate) fn settled_records(
    series: &Series,
    bars: &ScoredBars,
    records: impl IntoIterator<Item = ForecastRecord>,
) -> Vec<ForecastRecord> {
    let settle = |record| match settlement(series, bars, &record) {
        Some(settlement) => apply_settlement(record, &settlement),
        None => record,
    };
    records.into_iter().map(settle).collect()
}

/// Logistic champion that follows the five-day momentum, with a shown edge.
pub(crate) fn champion(series: &Series, trained_at: Timestamp) -> Champion {
    let width = feature_names().len();
    let weight = |name: &&str| if *name == "momentum_5" { 0.2 } else { 0.0 };
    let model = Logistic {
        means: vec![0.0; width],
        scales: vec![1.0; width],
        weights: feature_names().iter().map(weight).collect(),
        intercept: 0.0,
    };
    let artifact = Artifact {
        edge: Edge::from_skill(0.03, [0.01, 0.05], 365),
        band_half_width: 0.02,
        shrinkage: 1.0,
        members: vec![Member { family: Family::Logistic, weight: 1.0, model: Model::Logistic(model) }],
        ..Artifact::climatology(series.clone(), 0.5, trained_at, trained_at, "run-1")
    };
    let sha256 = Artifact::sha256(&artifact.to_bytes().unwrap());
    Champion { version: 3, sha256, artifact, holdout_excess_bound: Some(-0.001) }
}
