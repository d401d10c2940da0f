//! A year of weekly trainings: promotions on simulated markets without signal, and weeks until the promotion of a weak one.
//!
//! Each market is operated as deployed, with a training a week and a forecast at every bar between. Beside it runs the gate of
//! earlier releases, which promoted on each hold-out at its usual confidence. Both train one candidate: the error of a gate does not
//! depend on how its challengers were searched for.

use super::statistics::{Delays, Proportion};
use crate::{
    deployed::{Deployment, DeploymentPlan},
    error::ResearchError,
};
use evaluation::{Costs, bootstrap::BootstrapInterval, gate::PromotedParts};
use features::{baselines::moves, dataset::Dataset};
use jiff::Timestamp;
use market_data::{Bar, Series, numbers::as_f64};
use market_simulator::MarketModel;
use model::{Artifact, Family};
use monitoring::MonitoringConfig;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;
use std::time::Instant;
use training::{HoldOutRole, SearchProgress, TrainingConfig, TrainingInput, TrainingOutcome, train};

/// Days of a market before its first training: three years.
const HISTORY_DAYS: usize = 1_095;
/// Days from one training to the next.
const WEEK: usize = 7;
/// Weeks of the table.
const WITHIN_WEEKS: [usize; 4] = [4, 13, 26, 52];

/// Settings of the study.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GateYearPlan {
    /// Series of days.
    pub(crate) series: Series,
    pub(crate) markets: u64,
    /// Seed of the first market; the seeds of the others follow it.
    pub(crate) seed: u64,
    /// Strength of the simulator's signal. With 0 neither direction nor size of the next move can be forecast.
    pub(crate) signal: f64,
    /// Weeks after the first training.
    pub(crate) weeks: usize,
}

/// Results of one gate.
#[derive(Debug, Serialize)]
pub(crate) struct GateResult {
    /// Markets in which anything was promoted.
    pub(crate) promoted: Proportion,
    /// Markets in which a direction was promoted.
    pub(crate) direction: Proportion,
    /// Markets in which a distribution was promoted.
    pub(crate) distribution: Proportion,
    /// Weeks from the first training to the promotion of a direction.
    pub(crate) weeks: Delays,
}

/// Results of the study.
#[derive(Debug, Serialize)]
pub(crate) struct GateYearResult {
    pub(crate) plan: GateYearPlan,
    /// Gate as deployed.
    pub(crate) deployed: GateResult,
    /// Gate that promotes on each hold-out.
    pub(crate) each_holdout: GateResult,
    /// Trainings as deployed, and versions admitted to the shadow by them.
    pub(crate) trainings: usize,
    pub(crate) admitted: usize,
    /// Mean time of a market on one thread.
    #[serde(skip)]
    pub(crate) seconds: f64,
}

/// Weeks until the first promotion of each part, counted from the first training; `None` where there was none.
#[derive(Debug, Clone, Copy, Default)]
struct FirstPromotions {
    direction: Option<usize>,
    distribution: Option<usize>,
}

impl FirstPromotions {
    fn add(&mut self, week: usize, parts: PromotedParts) {
        if matches!(parts, PromotedParts::Direction | PromotedParts::Both) {
            self.direction.get_or_insert(week);
        }
        if matches!(parts, PromotedParts::Distribution | PromotedParts::Both) {
            self.distribution.get_or_insert(week);
        }
    }

    const fn any(&self) -> bool {
        self.direction.is_some() || self.distribution.is_some()
    }

    /// True if nothing more of the market is of interest.
    const fn is_final(&self, signal: f64) -> bool {
        if signal > 0.0 { self.direction.is_some() } else { self.any() }
    }
}

/// Year of one market.
struct MarketYear {
    deployed: FirstPromotions,
    each_holdout: FirstPromotions,
    trainings: usize,
    admitted: usize,
    seconds: f64,
}

/// Runs the markets on all threads. The result does not depend on their number.
pub(crate) fn measure(plan: GateYearPlan) -> Result<GateYearResult, ResearchError> {
    let seeds = (plan.seed..plan.seed + plan.markets).into_par_iter();
    let years: Vec<MarketYear> = seeds.map(|seed| market_year(&plan, seed)).collect::<Result<_, _>>()?;
    let result = |of: fn(&MarketYear) -> FirstPromotions| {
        let weeks: Vec<Option<usize>> = years.iter().map(|year| of(year).direction).collect();
        let within: Vec<usize> = WITHIN_WEEKS.into_iter().filter(|weeks| *weeks <= plan.weeks).collect();
        GateResult {
            promoted: Proportion::from_cases(years.iter().map(|year| of(year).any())),
            direction: Proportion::from_cases(years.iter().map(|year| of(year).direction.is_some())),
            distribution: Proportion::from_cases(years.iter().map(|year| of(year).distribution.is_some())),
            weeks: Delays::from_bars(&weeks, &within, 1),
        }
    };
    Ok(GateYearResult {
        deployed: result(|year| year.deployed),
        each_holdout: result(|year| year.each_holdout),
        trainings: years.iter().map(|year| year.trainings).sum(),
        admitted: years.iter().map(|year| year.admitted).sum(),
        seconds: years.iter().map(|year| year.seconds).sum::<f64>() / as_f64(years.len().max(1)),
        plan,
    })
}

fn market_year(plan: &GateYearPlan, seed: u64) -> Result<MarketYear, ResearchError> {
    let started = Instant::now();
    let bars = HISTORY_DAYS + plan.weeks * WEEK;
    let market =
        MarketModel { signal: plan.signal, ..MarketModel::new(seed, plan.series.interval, Timestamp::UNIX_EPOCH) };
    let bars = if plan.signal > 0.0 { market.bars(bars) } else { shuffled(&market.bars(bars), seed) };
    let dataset = Dataset::new(plan.series.clone(), bars);
    let settings = DeploymentPlan {
        training: training_config(&plan.series, seed),
        drift: MonitoringConfig::for_interval(plan.series.interval),
        costs: Costs::default(),
    };
    let moves = moves(&dataset.bars, plan.series.interval, plan.series.horizon);
    let start = HISTORY_DAYS - 1;
    let mut deployment = Deployment::new(&dataset, &moves, &settings, start)?;
    let champion = deployment.champion().clone();
    let mut each_holdout =
        EachHoldOut { dataset: &dataset, settings: &settings, champion, promotions: FirstPromotions::default() };
    let (mut deployed, mut trainings, mut admitted) = (FirstPromotions::default(), 0, 0);
    for (week, bar) in (start..).step_by(WEEK).take(plan.weeks + 1).enumerate() {
        let mut comparable = None;
        if !deployed.is_final(plan.signal) {
            // Both gates compare with climatology until one promotes.
            let same_champion = !deployed.any() && !each_holdout.promotions.any();
            let (record, outcome) = deployment.train(bar)?;
            record.promotions.iter().for_each(|promotion| deployed.add(week, promotion.parts));
            trainings += 1;
            admitted += usize::from(record.admitted) + usize::from(record.refit.is_some());
            let same_confidence = record.holdout_confidence.is_none() && record.promotions.is_empty();
            comparable = outcome.filter(|_| same_champion && same_confidence);
            let next = bar + 1..dataset.bars.len().min(bar + 1 + WEEK);
            deployment.prepare(next.clone());
            for bar in next {
                deployment.forecast(bar)?;
            }
        }
        if !each_holdout.promotions.is_final(plan.signal) {
            each_holdout.train(week, bar, comparable.as_ref())?;
        }
    }
    let (each_holdout, seconds) = (each_holdout.promotions, started.elapsed().as_secs_f64());
    Ok(MarketYear { deployed, each_holdout, trainings, admitted, seconds })
}

/// One logistic regression, with fewer resamples for the intervals that decide nothing.
fn training_config(series: &Series, seed: u64) -> TrainingConfig {
    let mut config = TrainingConfig { seed, resamples: 100, ..crate::training_config::training_config(series, None) };
    (config.search.trials, config.search.startup, config.search.batch) = (1, 1, 1);
    config.search.families = vec![Family::Logistic];
    config
}

/// Gate of earlier releases: each weekly training may promote on its hold-out, at the usual confidence.
struct EachHoldOut<'a> {
    dataset: &'a Dataset,
    settings: &'a DeploymentPlan,
    champion: Artifact,
    promotions: FirstPromotions,
}

impl EachHoldOut<'_> {
    /// Trains at the close of `bar`, unless the verdict follows from `deployed`, a training against the same champion at the same
    /// confidence: then only its numbers are read.
    fn train(&mut self, week: usize, bar: usize, deployed: Option<&TrainingOutcome>) -> Result<(), ResearchError> {
        let DeploymentPlan { training, drift, costs } = self.settings;
        let min_effective = training.gate.min_effective;
        let fails = |gain: [BootstrapInterval; 2], n_effective: f64| {
            n_effective < min_effective || gain.iter().any(|gain| gain.lo <= 0.0)
        };
        let rejects = |outcome: &&TrainingOutcome| {
            let direction = &outcome.verdict.direction;
            let gains = [direction.gain_over_champion, direction.gain_over_climatology];
            fails(gains, direction.n_effective)
                && outcome.verdict.distribution.as_ref().is_none_or(|decision| {
                    fails([decision.gain_over_champion, decision.gain_over_climatology], decision.n_effective)
                })
        };
        if deployed.is_some_and(|outcome| rejects(&outcome)) {
            return Ok(());
        }
        let as_of = self.dataset.decision_time(bar);
        let outcome = train(&TrainingInput {
            series: &self.dataset.series,
            bars: &self.dataset.bars[..=bar],
            config: training,
            drift,
            champion: Some(&self.champion),
            costs: *costs,
            as_of,
            run: &format!("training-{bar}"),
            holdout_role: HoldOutRole::Promotes,
            progress: SearchProgress::NONE,
        })
        .map_err(|source| ResearchError::Train { as_of, source: Box::new(source) })?;
        self.promotions.add(week, outcome.verdict.parts);
        if outcome.verdict.promoted {
            self.champion = outcome.artifact;
        }
        Ok(())
    }
}

/// Market of as many bars, each drawn independently from those of another: its moves have the same sizes, but neither direction nor
/// size of the next one depends on the past.
fn shuffled(bars: &[Bar], seed: u64) -> Vec<Bar> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut price = bars.first().map_or(1.0, |bar| bar.open);
    bars.iter()
        .map(|bar| {
            let Bar { open, high, low, close, volume, .. } = bars[rng.random_range(0..bars.len())];
            let scaled = |value: f64| price * (value / open);
            let drawn =
                Bar { time: bar.time, open: price, high: scaled(high), low: scaled(low), close: scaled(close), volume };
            price = drawn.close;
            drawn
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use market_data::{Interval, bar::validate_bars};

    #[test]
    fn a_shuffled_market_has_valid_bars_without_clusters_of_volatility() {
        let original = MarketModel::new(1, Interval::Day, Timestamp::UNIX_EPOCH).bars(3_000);
        let drawn = shuffled(&original, 1);
        validate_bars(&drawn, Interval::Day).unwrap();
        let correlation = |bars: &[Bar]| {
            let sizes: Vec<f64> = bars.iter().map(|bar| (bar.high / bar.low).ln()).collect();
            let mean = sizes.iter().sum::<f64>() / as_f64(sizes.len());
            let product =
                |lag: usize| sizes.iter().zip(&sizes[lag..]).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
            product(1) / product(0)
        };
        assert!(correlation(&original) > 0.3 && correlation(&drawn).abs() < 0.06);
    }

    #[test]
    fn first_promotions_are_kept() {
        let mut first = FirstPromotions::default();
        assert!(!first.any());
        first.add(3, PromotedParts::Distribution);
        assert!(first.is_final(0.0) && !first.is_final(0.4), "with a signal the direction is awaited");
        first.add(5, PromotedParts::Both);
        assert_eq!((first.direction, first.distribution), (Some(5), Some(3)));
    }
}
