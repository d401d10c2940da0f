//! How each rule is judged, and the sentence with its numbers. Sentences are ASCII: they go into mails.

use super::{DataHealth, SequentialTest, State, Upheaval, decision::Judged};
use crate::{
    Interval,
    drift::{DriftConfig, DriftReport, Performance},
    evaluation::TOO_FEW,
    metrics::count,
};
use jiff::Timestamp;

fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

pub(super) fn served() -> Judged {
    Judged { state: State::Clear, text: "The champion is what was registered.".to_owned(), since: None, window: None }
}

pub(super) const CLIMATOLOGY: &str = "climatology";

pub(super) fn sequential(test: Option<&SequentialTest>, than: &str) -> Judged {
    let Some(test) = test else {
        return Judged::unknown(&format!("Whether forecasts are worse than {than} cannot be told yet."));
    };
    let SequentialTest { n, e_value, threshold, alpha, null_excess, .. } = test;
    let state = match e_value {
        _ if test.fires => State::Fires,
        e if *e < 1.0 => State::Clear,
        _ => State::Undecided,
    };
    let verdict = if test.fires { "are" } else { "are not shown to be" };
    let allowed =
        if *null_excess == 0.0 { String::new() } else { format!(" (an excess log loss of {null_excess:+.4})") };
    // The level of the test does not say how sure the promise was.
    let given = if than == CLIMATOLOGY { "" } else { ", given the promise" };
    let text = format!(
        "Forecasts {verdict} worse than {than}{allowed}: e-value {e_value:.3} of {threshold:.0} after {n} outcomes from {} \
         to {}, with at most {:.0} % false alarms in a champion's life{given}.",
        day(test.from),
        day(test.through),
        100.0 * alpha,
    );
    Judged { state, text, since: test.fired_at, window: Some([test.from, test.through]) }
}

pub(super) fn upheaval(upheaval: Option<&Upheaval>, interval: Interval) -> Judged {
    let Some((upheaval, farthest)) = upheaval.and_then(|upheaval| Some((upheaval, upheaval.farthest()?))) else {
        return Judged::unknown(
            "Range and volume cannot be compared: too few bars from before the champion's training.",
        );
    };
    let state = match upheaval {
        Upheaval { severe: true, .. } => State::Fires,
        Upheaval { over: true, .. } => State::Clear,
        _ => State::Undecided,
    };
    let text = format!(
        "The {} of the last {} bars is {:.1} standard deviations above its mean in the {} bars before the training ({:.1} \
         is severe, they reached {:.1} themselves).",
        farthest.line, farthest.bars, farthest.z, upheaval.reference_bars, farthest.limit, farthest.reference_z,
    );
    let back = i64::try_from(farthest.bars).unwrap_or(i64::MAX) - 1;
    let window = Some([interval.step(upheaval.through, -back), upheaval.through]);
    Judged { state, text, since: upheaval.since, window }
}

pub(super) fn recent(recent: Option<&Performance>, config: &DriftConfig) -> Judged {
    let Some(recent) = recent else {
        return Judged::unknown("No live forecast of this champion is settled as up or down yet.");
    };
    let state = match recent {
        Performance { worse: true, .. } => State::Fires,
        Performance { excess, .. } if *excess < config.min_excess => State::Clear,
        _ => State::Undecided,
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
    Judged { state, text, since, window: Some([recent.from, recent.through]) }
}

/// Persistence over windows: fires when enough of them, the last included, show it; is over when as many do not.
fn persistent(
    windows: &[DriftReport],
    config: &DriftConfig,
    shows: impl Fn(&DriftReport) -> bool,
    text: impl Fn(&DriftReport, usize, usize) -> String,
) -> Judged {
    let windows = &windows[windows.len().saturating_sub(config.windows)..];
    let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
        return Judged::unknown("Features cannot be compared: the champion has no reference that fits them.");
    };
    let showing = windows.iter().filter(|window| shows(window)).count();
    let state = match shows(last) {
        true if showing >= config.persistence => State::Fires,
        false if windows.len() - showing >= config.persistence.min(windows.len()) => State::Clear,
        _ => State::Undecided,
    };
    Judged {
        state,
        text: text(last, showing, windows.len()),
        since: windows.iter().find(|window| shows(window)).map(|window| window.through),
        window: Some([first.from, last.through]),
    }
}

pub(super) fn features(windows: &[DriftReport], config: &DriftConfig) -> Judged {
    let shows = |window: &DriftReport| window.share_drifted > window.share_threshold;
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

pub(super) fn forecasts(windows: &[DriftReport], config: &DriftConfig) -> Judged {
    if windows.last().is_some_and(|window| window.forecasts.is_none()) {
        return Judged::unknown("Forecasts cannot be compared: the champion's reference has none.");
    }
    let shows = |window: &DriftReport| window.forecasts.as_ref().is_some_and(|forecasts| forecasts.drifted);
    persistent(windows, config, shows, |last, showing, of| {
        let (distance, threshold) = last.forecasts.as_ref().map_or((0.0, 0.0), |one| (one.distance, one.threshold));
        format!(
            "The forecasts of the last {} bars are {distance:.2} standard deviations from the reference's (threshold \
             {threshold:.2}), and too far in {showing} of the last {of} windows.",
            last.bars
        )
    })
}

pub(super) fn stale(health: &DataHealth, interval: Interval, config: &DriftConfig) -> Judged {
    let Some(last) = health.last_bar else { return Judged::unknown("There is no bar.") };
    let state = match health.bars_late {
        0 => State::Clear,
        late if late >= config.stale_bars => State::Fires,
        _ => State::Undecided,
    };
    let text = format!(
        "The last bar closed at {}, and {} bars have closed since that are not there ({} is stale).",
        day(interval.step(last, 1)),
        health.bars_late,
        config.stale_bars,
    );
    let since = (health.bars_late > 0).then(|| interval.step(last, 1));
    Judged { state, text, since, window: Some([last, health.window[1]]) }
}

pub(super) fn missing(health: &DataHealth, config: &DriftConfig) -> Judged {
    let share = count(health.missing) / count(health.expected.max(1));
    let text = format!(
        "{} of the last {} bars are missing, in {} gaps ({:.0} % is too many).",
        health.missing,
        health.expected,
        health.gaps.len(),
        100.0 * config.max_missing,
    );
    let state = if share > config.max_missing { State::Fires } else { State::Clear };
    Judged { state, text, since: health.gaps.first().map(|gap| gap.from), window: Some(health.window) }
}

pub(super) fn source(health: &DataHealth) -> Judged {
    let window = Some(health.window);
    match &health.source_change {
        Some(change) => Judged {
            state: State::Fires,
            text: format!(
                "Bars have come from {} since {}, from {} before.",
                change.after,
                day(change.at),
                change.before
            ),
            since: Some(change.at),
            window,
        },
        None => {
            let text = format!("All bars of the last {} came from {}.", health.expected, health.source);
            Judged { state: State::Clear, text, since: None, window }
        }
    }
}
