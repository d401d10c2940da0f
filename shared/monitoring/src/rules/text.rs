//! One sentence for the result of each rule, with its numbers. ASCII only, because it becomes part of mails.

use super::evaluate::{RuleEvaluation, RuleEvidence};
use super::table::RuleId;
use crate::drift::WindowDrift;
use crate::{
    DataHealth, MonitoringConfig, OddsAlert, RealisedPerformance, RegimeShift, SequentialTest, StatisticReading,
};
use contracts::distribution::StoredDistribution;
use evaluation::TOO_FEW;
use jiff::Timestamp;

/// Describes the result of a rule in one sentence.
pub(crate) fn describe(evaluation: &RuleEvaluation<'_>, config: &MonitoringConfig) -> String {
    let rule = evaluation.rule;
    match evaluation.evidence {
        None => describe_unknown(rule).to_owned(),
        Some(RuleEvidence::ModelAccepted) => "The champion is the registered artifact.".to_owned(),
        Some(RuleEvidence::ModelRejected(reason)) => format!("The champion cannot be used: {reason}."),
        Some(RuleEvidence::Test(test)) => describe_test(rule, test),
        Some(RuleEvidence::Odds(distribution)) => describe_odds(distribution, config),
        Some(RuleEvidence::Shift { shift, largest }) => describe_shift(shift, largest),
        Some(RuleEvidence::Challengers { better: Some(better), .. }) => {
            format!("A challenger in the shadow is better than the champion; {}.", better.reason())
        }
        Some(RuleEvidence::Challengers { better: None, count }) => {
            format!("No challenger of {count} in the shadow is shown to be better than the champion.")
        }
        Some(RuleEvidence::RecentForecasts(recent)) => describe_performance(recent, config),
        Some(RuleEvidence::Windows { last, showing, windows }) if rule == RuleId::ForecastShift => {
            describe_forecasts(last, showing, windows)
        }
        Some(RuleEvidence::Windows { last, showing, windows }) => describe_features(last, showing, windows),
        Some(RuleEvidence::LastBar { closed, bars_late }) => format!(
            "The last bar closed at {}, and {bars_late} later bars are absent ({} is stale).",
            format_minute(closed),
            config.stale_bars,
        ),
        Some(RuleEvidence::Missing(health)) => format!(
            "{} of the last {} bars are missing, in {} gaps (more than {:.0} % is too many).",
            health.missing,
            health.expected,
            health.gaps.len(),
            100.0 * config.max_missing,
        ),
        Some(RuleEvidence::Source(health)) => describe_source(health),
    }
}

fn describe_unknown(rule: RuleId) -> &'static str {
    match rule {
        RuleId::ModelRefused => "The champion has not been checked.",
        RuleId::WorseThanClimatology => "Forecasts cannot be compared with climatology yet.",
        RuleId::WorseThanHoldout => "Forecasts cannot be compared with the hold-out bound yet.",
        RuleId::DistributionWorseThanClimatology => "No live distribution of this champion's model is settled yet.",
        RuleId::BandCoverage => "No live band of this champion's model is settled yet.",
        RuleId::OddsAboveLimit => "The forecast has no distribution.",
        RuleId::SevereShift => "Range and volume cannot be compared: too few bars from before the champion's training.",
        RuleId::ChallengerBetter => "No forecast of a challenger is settled yet.",
        RuleId::WorseRecently => "No live forecast of this champion is settled as up or down yet.",
        RuleId::CovariateShift => "Features cannot be compared: the champion has no reference that fits them.",
        RuleId::ForecastShift => "Forecasts cannot be compared: the champion has no reference for them.",
        RuleId::StaleData | RuleId::MissingBars | RuleId::SourceChanged => "There is no bar.",
    }
}

fn describe_test(rule: RuleId, test: &SequentialTest) -> String {
    let SequentialTest { n, e_value, threshold, alpha, null_excess, observed, .. } = test;
    let evidence = format!(
        "e-value {e_value:.3} of {threshold:.0} after {n} outcomes from {} to {}, with at most {:.0} % false alarms in a \
         champion's life",
        format_minute(test.from),
        format_minute(test.through),
        100.0 * alpha,
    );
    let percent = 100.0 * observed.unwrap_or_default();
    match rule {
        RuleId::BandCoverage => {
            let verb = if test.fires { "held" } else { "is not shown to hold other than 80 %: it held" };
            return format!("The 80 % band {verb} {percent:.1} % of the outcomes: {evidence}.");
        }
        RuleId::DistributionWorseThanClimatology => {
            let verb = if test.fires { "are" } else { "are not shown to be" };
            return format!("Distributions {verb} worse than climatology (CRPS skill {percent:+.1} %): {evidence}.");
        }
        _ => {}
    }
    let verb = if test.fires { "are" } else { "are not shown to be" };
    // The level of the hold-out test holds only if the bound itself does.
    let (than, condition) = match rule {
        RuleId::WorseThanHoldout => ("the hold-out bound", ", if the bound holds"),
        _ => ("climatology", ""),
    };
    let allowed =
        if *null_excess == 0.0 { String::new() } else { format!(" (an excess log loss of {null_excess:+.4})") };
    format!("Forecasts {verb} worse than {than}{allowed}: {evidence}{condition}.")
}

/// Every limit that is exceeded; without any, all limits.
fn describe_odds(distribution: &StoredDistribution, config: &MonitoringConfig) -> String {
    if config.odds_alerts.is_empty() {
        return "No limit of the odds is configured.".to_owned();
    }
    let is_exceeded = |limit: &&OddsAlert| limit.probability(distribution) > limit.above;
    let any = config.odds_alerts.iter().any(|limit| is_exceeded(&limit));
    let describe = |limit: &OddsAlert| {
        format!(
            "a {} of more than {} % has a probability of {:.1} % (limit {:.1} %)",
            limit.side.noun(),
            (1e6 * limit.size).round() / 1e4,
            100.0 * limit.probability(distribution),
            100.0 * limit.above,
        )
    };
    let limits = config.odds_alerts.iter().filter(|limit| !any || is_exceeded(limit));
    let limits = limits.map(describe).collect::<Vec<_>>().join("; ");
    if any {
        format!("Odds are above their limit: {limits}.")
    } else {
        format!("No odds are above their limit: {limits}.")
    }
}

fn describe_shift(shift: &RegimeShift, largest: &StatisticReading) -> String {
    format!(
        "The {} of the last {} bars is {:.1} standard deviations above its mean in the {} bars before the training ({:.1} \
         is severe, they reached {:.1} themselves).",
        largest.statistic, largest.bars, largest.z, shift.reference_bars, largest.limit, largest.reference_z,
    )
}

fn describe_performance(recent: &RealisedPerformance, config: &MonitoringConfig) -> String {
    let bound = recent.excess_lower.map_or_else(
        || format!("with {} independent outcomes {TOO_FEW} by an interval", recent.independent),
        |lower| format!("whose {:.0} % lower bound is {lower:+.4}", 100.0 * config.confidence),
    );
    format!(
        "The last {} forecasts have a log loss of {:.4} against climatology's {:.4}: an excess of {:+.4}, {bound}.",
        recent.n, recent.log_loss, recent.log_loss_climatology, recent.excess,
    )
}

fn describe_features(last: &WindowDrift, showing: usize, windows: usize) -> String {
    format!(
        "{:.0} % of the features are beyond their thresholds in the last {} bars (more than {:.0} % is too many), and too many \
         in {showing} of the last {windows} windows.",
        100.0 * last.share_drifted,
        last.bars,
        100.0 * last.share_threshold,
    )
}

fn describe_forecasts(last: &WindowDrift, showing: usize, windows: usize) -> String {
    let (distance, threshold) = last.forecasts.as_ref().map_or((0.0, 0.0), |drift| (drift.distance, drift.threshold));
    format!(
        "The forecasts of the last {} bars are {distance:.2} standard deviations from the reference's (threshold \
         {threshold:.2}), and too far in {showing} of the last {windows} windows.",
        last.bars
    )
}

fn describe_source(health: &DataHealth) -> String {
    match &health.source_change {
        Some(change) => format!(
            "Bars have come from {} since {}, from {} before.",
            change.after,
            format_minute(change.at),
            change.before
        ),
        None => format!("All bars of the last {} came from {}.", health.expected, health.source),
    }
}

fn format_minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}
