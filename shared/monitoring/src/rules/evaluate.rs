//! Evaluation of each rule from the monitoring inputs, without its text.

use super::table::RuleId;
use crate::challenger::strongest;
use crate::drift::WindowDrift;
use crate::{
    ChallengerEvidence, DataHealth, MonitoringConfig, RealisedPerformance, RegimeShift, SequentialTest,
    StatisticReading,
};
use contracts::distribution::StoredDistribution;
use jiff::Timestamp;
use market_data::Interval;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// State of a rule for one decision time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// The rule fires.
    Fires,
    /// The rule does not fire, but an open alert stays open.
    Undecided,
    /// The rule does not fire, and an open alert closes.
    Clear,
    /// The inputs of the rule are absent.
    Unknown,
}

/// Inputs of the rules. A rule without its input has the state [`RuleState::Unknown`].
#[derive(Debug, Clone, Copy)]
pub struct MonitoringInputs<'a> {
    /// Length of a bar.
    pub interval: Interval,
    /// Drift of the last windows, oldest first.
    pub windows: &'a [WindowDrift],
    /// Regime shift of range and volume.
    pub regime_shift: Option<&'a RegimeShift>,
    /// Performance of the champion's last settled forecasts.
    pub recent: Option<&'a RealisedPerformance>,
    /// Sequential test of "worse than climatology".
    pub climatology: Option<&'a SequentialTest>,
    /// Sequential test of "worse than the hold-out bound".
    pub holdout: Option<&'a SequentialTest>,
    /// Sequential test of "the CRPS is worse than climatology's".
    pub distribution: Option<&'a SequentialTest>,
    /// Sequential test of the coverage of the 80 % band.
    pub coverage: Option<&'a SequentialTest>,
    /// Evidence of the challengers that have settled forecasts.
    pub challengers: &'a [ChallengerEvidence],
    /// Decision time and distribution of the newest forecast.
    pub newest: Option<(Timestamp, &'a StoredDistribution)>,
    /// Completeness, age and source of the bars.
    pub health: &'a DataHealth,
}

/// Result of one rule, before its text and its action are added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuleEvaluation<'a> {
    pub(crate) rule: RuleId,
    pub(crate) state: RuleState,
    /// Values for the text; absent if the rule cannot be evaluated.
    pub(crate) evidence: Option<RuleEvidence<'a>>,
    /// Start of the evidence.
    pub(crate) since: Option<Timestamp>,
    /// First and last time of the evaluated data.
    pub(crate) window: Option<[Timestamp; 2]>,
}

/// Values that the text of a rule reports.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RuleEvidence<'a> {
    ModelAccepted,
    ModelRejected(&'a str),
    Test(&'a SequentialTest),
    Shift {
        shift: &'a RegimeShift,
        largest: &'a StatisticReading,
    },
    /// Challenger that is shown to be better, if any is, and number of challengers.
    Challengers {
        better: Option<&'a ChallengerEvidence>,
        count: usize,
    },
    RecentForecasts(&'a RealisedPerformance),
    Odds(&'a StoredDistribution),
    Windows {
        last: &'a WindowDrift,
        showing: usize,
        windows: usize,
    },
    LastBar {
        closed: Timestamp,
        bars_late: usize,
    },
    Missing(&'a DataHealth),
    Source(&'a DataHealth),
}

/// Evaluates one rule.
pub(crate) fn evaluate<'a>(
    rule: RuleId,
    inputs: &MonitoringInputs<'a>,
    config: &MonitoringConfig,
) -> RuleEvaluation<'a> {
    let evaluation = match rule {
        RuleId::ModelRefused => Some(RuleEvaluation {
            rule,
            state: RuleState::Clear,
            evidence: Some(RuleEvidence::ModelAccepted),
            since: None,
            window: None,
        }),
        RuleId::WorseThanClimatology => inputs.climatology.map(|test| sequential_test(rule, test)),
        RuleId::WorseThanHoldout => inputs.holdout.map(|test| sequential_test(rule, test)),
        RuleId::DistributionWorseThanClimatology => inputs.distribution.map(|test| sequential_test(rule, test)),
        RuleId::BandCoverage => inputs.coverage.map(|test| sequential_test(rule, test)),
        RuleId::OddsAboveLimit => {
            inputs.newest.map(|(time, distribution)| odds_above_limit(time, distribution, config))
        }
        RuleId::SevereShift => inputs.regime_shift.and_then(|shift| severe_shift(shift, inputs.interval)),
        RuleId::ChallengerBetter => challenger_better(inputs.challengers),
        RuleId::WorseRecently => inputs.recent.map(|recent| worse_recently(recent, config)),
        RuleId::CovariateShift => {
            persistent_drift(rule, inputs.windows, config, |window| window.share_drifted > window.share_threshold)
        }
        RuleId::ForecastShift => forecast_shift(inputs.windows, config),
        RuleId::StaleData => stale_data(inputs.health, inputs.interval, config),
        RuleId::MissingBars => Some(missing_bars(inputs.health, config)),
        RuleId::SourceChanged => Some(source_changed(inputs.health)),
    };
    evaluation.unwrap_or(RuleEvaluation { rule, state: RuleState::Unknown, evidence: None, since: None, window: None })
}

fn sequential_test(rule: RuleId, test: &SequentialTest) -> RuleEvaluation<'_> {
    let state = match test.e_value {
        _ if test.fires => RuleState::Fires,
        e_value if e_value < 1.0 => RuleState::Clear,
        _ => RuleState::Undecided,
    };
    RuleEvaluation {
        rule,
        state,
        evidence: Some(RuleEvidence::Test(test)),
        since: test.fired_at,
        window: Some([test.from, test.through]),
    }
}

fn odds_above_limit<'a>(
    decision_time: Timestamp,
    distribution: &'a StoredDistribution,
    config: &MonitoringConfig,
) -> RuleEvaluation<'a> {
    let fires = config.odds_alerts.iter().any(|limit| limit.probability(distribution) > limit.above);
    RuleEvaluation {
        rule: RuleId::OddsAboveLimit,
        state: if fires { RuleState::Fires } else { RuleState::Clear },
        evidence: Some(RuleEvidence::Odds(distribution)),
        since: fires.then_some(decision_time),
        window: None,
    }
}

fn severe_shift(shift: &RegimeShift, interval: Interval) -> Option<RuleEvaluation<'_>> {
    let largest = shift.largest()?;
    let state = match shift {
        RegimeShift { severe: true, .. } => RuleState::Fires,
        RegimeShift { recovered: true, .. } => RuleState::Clear,
        _ => RuleState::Undecided,
    };
    let bars_back = i64::try_from(largest.bars).unwrap_or(i64::MAX) - 1;
    Some(RuleEvaluation {
        rule: RuleId::SevereShift,
        state,
        evidence: Some(RuleEvidence::Shift { shift, largest }),
        since: shift.since,
        window: Some([interval.step(shift.through, -bars_back), shift.through]),
    })
}

/// `None` without a challenger.
fn challenger_better(challengers: &[ChallengerEvidence]) -> Option<RuleEvaluation<'_>> {
    let first = challengers.iter().map(|challenger| challenger.from).min()?;
    let last = challengers.iter().map(|challenger| challenger.through).max()?;
    let better = strongest(challengers);
    Some(RuleEvaluation {
        rule: RuleId::ChallengerBetter,
        state: if better.is_some() { RuleState::Fires } else { RuleState::Clear },
        evidence: Some(RuleEvidence::Challengers { better, count: challengers.len() }),
        since: better.map(|challenger| challenger.from),
        window: Some([first, last]),
    })
}

fn worse_recently<'a>(recent: &'a RealisedPerformance, config: &MonitoringConfig) -> RuleEvaluation<'a> {
    let state = match recent {
        RealisedPerformance { worse: true, .. } => RuleState::Fires,
        RealisedPerformance { excess, .. } if *excess < config.min_excess => RuleState::Clear,
        _ => RuleState::Undecided,
    };
    RuleEvaluation {
        rule: RuleId::WorseRecently,
        state,
        evidence: Some(RuleEvidence::RecentForecasts(recent)),
        since: recent.worse.then_some(recent.from),
        window: Some([recent.from, recent.through]),
    }
}

/// Persistence of a shift over the last windows. Fires if enough windows show it, including the last one. Clears if as many
/// do not show it, including the last one. `None` without windows.
fn persistent_drift<'a>(
    rule: RuleId,
    windows: &'a [WindowDrift],
    config: &MonitoringConfig,
    shows_shift: impl Fn(&WindowDrift) -> bool,
) -> Option<RuleEvaluation<'a>> {
    let windows = &windows[windows.len().saturating_sub(config.windows)..];
    let (first, last) = (windows.first()?, windows.last()?);
    let showing = windows.iter().filter(|window| shows_shift(window)).count();
    let state = match shows_shift(last) {
        true if showing >= config.persistence => RuleState::Fires,
        false if windows.len() - showing >= config.persistence.min(windows.len()) => RuleState::Clear,
        _ => RuleState::Undecided,
    };
    Some(RuleEvaluation {
        rule,
        state,
        evidence: Some(RuleEvidence::Windows { last, showing, windows: windows.len() }),
        since: windows.iter().find(|window| shows_shift(window)).map(|window| window.through),
        window: Some([first.from, last.through]),
    })
}

fn forecast_shift<'a>(windows: &'a [WindowDrift], config: &MonitoringConfig) -> Option<RuleEvaluation<'a>> {
    windows.last()?.forecasts.as_ref()?;
    persistent_drift(RuleId::ForecastShift, windows, config, |window| {
        window.forecasts.as_ref().is_some_and(|forecasts| forecasts.drifted)
    })
}

fn stale_data<'a>(health: &DataHealth, interval: Interval, config: &MonitoringConfig) -> Option<RuleEvaluation<'a>> {
    let last = health.last_bar?;
    let closed = interval.step(last, 1);
    let state = match health.bars_late {
        0 => RuleState::Clear,
        late if late >= config.stale_bars => RuleState::Fires,
        _ => RuleState::Undecided,
    };
    Some(RuleEvaluation {
        rule: RuleId::StaleData,
        state,
        evidence: Some(RuleEvidence::LastBar { closed, bars_late: health.bars_late }),
        since: (health.bars_late > 0).then_some(closed),
        window: Some([last, health.window[1]]),
    })
}

fn missing_bars<'a>(health: &'a DataHealth, config: &MonitoringConfig) -> RuleEvaluation<'a> {
    let share = as_f64(health.missing) / as_f64(health.expected.max(1));
    RuleEvaluation {
        rule: RuleId::MissingBars,
        state: if share > config.max_missing { RuleState::Fires } else { RuleState::Clear },
        evidence: Some(RuleEvidence::Missing(health)),
        since: health.gaps.first().map(|gap| gap.from),
        window: Some(health.window),
    }
}

fn source_changed(health: &DataHealth) -> RuleEvaluation<'_> {
    let since = health.source_change.as_ref().map(|change| change.at);
    RuleEvaluation {
        rule: RuleId::SourceChanged,
        state: if since.is_some() { RuleState::Fires } else { RuleState::Clear },
        evidence: Some(RuleEvidence::Source(health)),
        since,
        window: Some(health.window),
    }
}
