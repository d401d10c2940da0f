//! Distribution of the move behind a forecast: that of the champion's model, else climatology.

use crate::{baseline::Baseline, champion::ServingStatus, serving_context::ServingContext};
use contracts::{
    Warning, WarningCode,
    distribution::{DistributionEvidence, Quantiles, StoredDistribution},
};
use features::baselines::{SettledMoves, moves};
use market_data::{Bar, Series};
use std::ops::Range;

/// Quantiles of the champion's distribution model at the close of each bar of `range`; `None` without such a model, and where
/// too few bars precede the bar.
pub(crate) fn model_quantiles(
    series: &Series,
    context: &ServingContext,
    bars: &[Bar],
    range: Range<usize>,
) -> Vec<Option<Quantiles>> {
    let model = context.champion.as_ref().and_then(|champion| champion.artifact.distribution_model());
    match model {
        Some(model) => model.quantiles(series, bars, range),
        None => vec![None; range.len()],
    }
}

/// Climatology's distribution at the close of each bar of `range`. It is that of the newest stored forecast; for bars before
/// it, that of the champion's training; without one, that of the settled moves of `bars`. `None` without any move.
pub(crate) fn climatology(
    series: &Series,
    context: &ServingContext,
    bars: &[Bar],
    range: Range<usize>,
) -> Vec<Option<Quantiles>> {
    let part = context.champion.as_ref().and_then(|champion| champion.artifact.distribution.as_ref());
    let trained = part.map(|part| part.climatology);
    let known = |bar: &Bar| match &context.baseline {
        Baseline::Stored(stored) if stored.decision_time <= series.decision_time(bar.time) => {
            stored.distribution.or(trained)
        }
        _ => trained,
    };
    let mut found: Vec<_> = bars[range.clone()].iter().map(known).collect();
    if found.contains(&None) {
        let moves = moves(bars, series.interval, series.horizon);
        let mut settled = SettledMoves::new(series, &moves);
        for (bar, quantiles) in range.zip(&mut found).filter(|(_, quantiles)| quantiles.is_none()) {
            settled.advance_to(bar);
            *quantiles = Quantiles::from_ascending(settled.all());
        }
    }
    found
}

/// Distribution with this probability of up, as it would be stored.
pub(crate) fn compose(
    context: &ServingContext,
    model: Option<Quantiles>,
    baseline: Quantiles,
    close: f64,
    probability_up: f64,
) -> StoredDistribution {
    match &context.champion {
        Some(champion) => champion.artifact.distribution(model, baseline, close, probability_up),
        None => StoredDistribution::new(model, baseline, close, probability_up, DistributionEvidence::NONE),
    }
}

/// Warning that the distribution is climatology although the champion should have one. Without a usable champion, another warning
/// states that already.
pub(crate) fn climatology_warning(context: &ServingContext, model: Option<&Quantiles>) -> Option<Warning> {
    let champion = context.champion.as_ref()?;
    let reason = match (&champion.artifact.distribution, model) {
        (None, _) if !matches!(champion.status, ServingStatus::BaseRate(_)) => {
            format!("model version {} has no distribution of the move", champion.record.version)
        }
        (Some(part), None) if part.model.is_some() => "too few bars in a row for the distribution model".to_owned(),
        _ => return None,
    };
    Some(Warning::new(WarningCode::NoDistributionModel, format!("{reason}: the distribution is climatology's")))
}
