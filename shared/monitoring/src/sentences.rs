//! How each rule is judged, and the sentence with its numbers. Sentences are ASCII: they go into mails.

use super::{DataHealth, RegimeShift, RuleState, SequentialTest, decision::RuleEvaluation};
use crate::{MonitoringConfig, RealisedPerformance, drift::WindowDrift};
use evaluation::TOO_FEW;
use jiff::Timestamp;
use market_data::Interval;
use market_data::numbers::as_f64;

fn format_minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

pub(super) fn model_accepted() -> RuleEvaluation {
    RuleEvaluation {
        state: RuleState::Clear,
        text: "The champion is what was registered.".to_owned(),
        since: None,
        window: None,
    }
}

pub(super) const CLIMATOLOGY: &str = "climatology";

pub(super) fn sequential(test: Option<&SequentialTest>, than: &str) -> RuleEvaluation {
    let Some(test) = test else {
        return RuleEvaluation::unknown(&format!("Whether forecasts are worse than {than} cannot be told yet."));
    };
    let SequentialTest { n, e_value, threshold, alpha, null_excess, .. } = test;
    let state = match e_value {
        _ if test.fires => RuleState::Fires,
        e if *e < 1.0 => RuleState::Clear,
        _ => RuleState::Undecided,
    };
    let verdict = if test.fires { "are" } else { "are not shown to be" };
    let allowed =
        if *null_excess == 0.0 { String::new() } else { format!(" (an excess log loss of {null_excess:+.4})") };
    // The level of the test does not say how sure the promise was.
    let given = if than == CLIMATOLOGY { "" } else { ", given the promise" };
    let text = format!(
        "Forecasts {verdict} worse than {than}{allowed}: e-value {e_value:.3} of {threshold:.0} after {n} outcomes from {} \
         to {}, with at most {:.0} % false alarms in a champion's life{given}.",
        format_minute(test.from),
        format_minute(test.through),
        100.0 * alpha,
    );
    RuleEvaluation { state, text, since: test.fired_at, window: Some([test.from, test.through]) }
}

pub(super) fn upheaval(upheaval: Option<&RegimeShift>, interval: Interval) -> RuleEvaluation {
    let Some((upheaval, farthest)) = upheaval.and_then(|upheaval| Some((upheaval, upheaval.largest()?))) else {
        return RuleEvaluation::unknown(
            "Range and volume cannot be compared: too few bars from before the champion's training.",
        );
    };
    let state = match upheaval {
        RegimeShift { severe: true, .. } => RuleState::Fires,
        RegimeShift { recovered: true, .. } => RuleState::Clear,
        _ => RuleState::Undecided,
    };
    let text = format!(
        "The {} of the last {} bars is {:.1} standard deviations above its mean in the {} bars before the training ({:.1} \
         is severe, they reached {:.1} themselves).",
        farthest.line, farthest.bars, farthest.z, upheaval.reference_bars, farthest.limit, farthest.reference_z,
    );
    let back = i64::try_from(farthest.bars).unwrap_or(i64::MAX) - 1;
    let window = Some([interval.step(upheaval.through, -back), upheaval.through]);
    RuleEvaluation { state, text, since: upheaval.since, window }
}

pub(super) fn recent(recent: Option<&RealisedPerformance>, config: &MonitoringConfig) -> RuleEvaluation {
    let Some(recent) = recent else {
        return RuleEvaluation::unknown("No live forecast of this champion is settled as up or down yet.");
    };
    let state = match recent {
        RealisedPerformance { worse: true, .. } => RuleState::Fires,
        RealisedPerformance { excess, .. } if *excess < config.min_excess => RuleState::Clear,
        _ => RuleState::Undecided,
    };
    let bound = recent.excess_lower.map_or_else(
        || format!("with {} independent outcomes {TOO_FEW} by an interval", recent.independent),
        |lower| format!("whose {:.0} % lower bound is {lower:+.4}", 100.0 * config.confidence),
    );
    let text = format!(
        "The last {} forecasts have a log loss of {:.4} against climatology's {:.4}: an excess of {:+.4}, {bound}.",
        recent.n, recent.log_loss, recent.log_loss_climatology, recent.excess,
    );
    let since = recent.worse.then_some(recent.from);
    RuleEvaluation { state, text, since, window: Some([recent.from, recent.through]) }
}

/// Persistence over windows: fires when enough of them, the last included, show it; is over when as many do not.
fn persistent(
    windows: &[WindowDrift],
    config: &MonitoringConfig,
    shows: impl Fn(&WindowDrift) -> bool,
    text: impl Fn(&WindowDrift, usize, usize) -> String,
) -> RuleEvaluation {
    let windows = &windows[windows.len().saturating_sub(config.windows)..];
    let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
        return RuleEvaluation::unknown("Features cannot be compared: the champion has no reference that fits them.");
    };
    let showing = windows.iter().filter(|window| shows(window)).count();
    let state = match shows(last) {
        true if showing >= config.persistence => RuleState::Fires,
        false if windows.len() - showing >= config.persistence.min(windows.len()) => RuleState::Clear,
        _ => RuleState::Undecided,
    };
    RuleEvaluation {
        state,
        text: text(last, showing, windows.len()),
        since: windows.iter().find(|window| shows(window)).map(|window| window.through),
        window: Some([first.from, last.through]),
    }
}

pub(super) fn features(windows: &[WindowDrift], config: &MonitoringConfig) -> RuleEvaluation {
    let shows = |window: &WindowDrift| window.share_drifted > window.share_threshold;
    persistent(windows, config, shows, |last, showing, of| {
        format!(
            "{:.0} % of the features are beyond their thresholds in the last {} bars (more than {:.0} % is too many), and too many \
             in {showing} of the last {of} windows.",
            100.0 * last.share_drifted,
            last.bars,
            100.0 * last.share_threshold,
        )
    })
}

pub(super) fn forecasts(windows: &[WindowDrift], config: &MonitoringConfig) -> RuleEvaluation {
    if windows.last().is_some_and(|window| window.forecasts.is_none()) {
        return RuleEvaluation::unknown("Forecasts cannot be compared: the champion's reference has none.");
    }
    let shows = |window: &WindowDrift| window.forecasts.as_ref().is_some_and(|forecasts| forecasts.drifted);
    persistent(windows, config, shows, |last, showing, of| {
        let (distance, threshold) = last.forecasts.as_ref().map_or((0.0, 0.0), |one| (one.distance, one.threshold));
        format!(
            "The forecasts of the last {} bars are {distance:.2} standard deviations from the reference's (threshold \
             {threshold:.2}), and too far in {showing} of the last {of} windows.",
            last.bars
        )
    })
}

pub(super) fn stale(health: &DataHealth, interval: Interval, config: &MonitoringConfig) -> RuleEvaluation {
    let Some(last) = health.last_bar else { return RuleEvaluation::unknown("There is no bar.") };
    let state = match health.bars_late {
        0 => RuleState::Clear,
        late if late >= config.stale_bars => RuleState::Fires,
        _ => RuleState::Undecided,
    };
    let text = format!(
        "The last bar closed at {}, and {} bars have closed since that are not there ({} is stale).",
        format_minute(interval.step(last, 1)),
        health.bars_late,
        config.stale_bars,
    );
    let since = (health.bars_late > 0).then(|| interval.step(last, 1));
    RuleEvaluation { state, text, since, window: Some([last, health.window[1]]) }
}

pub(super) fn missing(health: &DataHealth, config: &MonitoringConfig) -> RuleEvaluation {
    let share = as_f64(health.missing) / as_f64(health.expected.max(1));
    let text = format!(
        "{} of the last {} bars are missing, in {} gaps ({:.0} % is too many).",
        health.missing,
        health.expected,
        health.gaps.len(),
        100.0 * config.max_missing,
    );
    let state = if share > config.max_missing { RuleState::Fires } else { RuleState::Clear };
    RuleEvaluation { state, text, since: health.gaps.first().map(|gap| gap.from), window: Some(health.window) }
}

pub(super) fn source(health: &DataHealth) -> RuleEvaluation {
    let window = Some(health.window);
    match &health.source_change {
        Some(change) => RuleEvaluation {
            state: RuleState::Fires,
            text: format!(
                "Bars have come from {} since {}, from {} before.",
                change.after,
                format_minute(change.at),
                change.before
            ),
            since: Some(change.at),
            window,
        },
        None => {
            let text = format!("All bars of the last {} came from {}.", health.expected, health.source);
            RuleEvaluation { state: RuleState::Clear, text, since: None, window }
        }
    }
}
