//! The forecast, from what is at hand. Pure: the same situation and time give the same answer.

use crate::{
    bars::SuppliedBars,
    baseline::Baseline,
    champion::{ServingModel, ServingStatus},
    command::Detail,
    explanation::ForecastExplanation,
    problem::{Problem, ProblemKind},
};
use contracts::{
    Warning, WarningCode,
    forecast::{DataRef, Direction, Edge, Forecast, ModelRef},
    warning::bar_warnings,
};
use features::{
    FeatureRow, WARM_UP_BARS, WINDOW_BARS,
    baselines::{LabelCounts, settled_counts},
    labels::labels,
    latest_feature_row,
};
use jiff::{SignedDuration, Timestamp};
use market_data::{
    Bar, Series,
    numbers::counted,
    origin::Origin,
    quality::{DoubtfulBar, flag_outliers},
    window::BarWindow,
};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How late a bar may be before its data count as stale, beyond two intervals.
const STALE_GRACE: SignedDuration = SignedDuration::from_mins(10);

/// Bars whose oddities are warned of.
const NEWEST: usize = 3;

/// What could be loaded.
#[derive(Debug, Clone, Default)]
pub struct ServingContext {
    /// The model, if there is any.
    pub champion: Option<ServingModel>,
    /// The latest bars, if there are any.
    pub window: Option<Arc<BarWindow>>,
    /// The newest stored climatology.
    pub baseline: Baseline,
    /// What a reader should know about the loading.
    pub warnings: Vec<Warning>,
}

impl ServingContext {
    /// Whether champion and window are there and as they should be.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let champion = self.champion.as_ref().is_some_and(|champion| champion.standing == ServingStatus::Champion);
        champion && self.window.is_some() && self.baseline != Baseline::Unread && self.warnings.is_empty()
    }

    /// Time that counts as now for the window's bars: `clock`, but for replayed history.
    #[must_use]
    pub fn now(&self, clock: Timestamp) -> Timestamp {
        self.window.as_ref().map_or(clock, |window| window.now(clock))
    }

    /// Warning that the window's bars are replayed history.
    #[must_use]
    pub fn replayed(&self) -> Option<Warning> {
        self.window.as_ref().and_then(|window| window.replayed_to()).map(Warning::replayed_data)
    }
}

/// There is neither a model nor any bar, as far as the stores have said: why there is no answer.
pub(crate) fn no_data_problem(series: &Series, situation: &ServingContext) -> Problem {
    match &situation.warnings[..] {
        [] => Problem::new(ProblemKind::NoData, format!("there is neither a model nor a bar for {series} yet")),
        unread => {
            let reasons: Vec<&str> = unread.iter().map(|warning| warning.message.as_str()).collect();
            Problem::new(ProblemKind::Unavailable, format!("{series} cannot be forecast now: {}", reasons.join("; ")))
        }
    }
}

/// A forecast and, for whoever asked, what moved it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ForecastResponse {
    /// The forecast.
    #[serde(flatten)]
    pub forecast: Forecast,
    /// Absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<ForecastExplanation>,
}

/// The bars a forecast is made from.
struct InputBars<'a> {
    bars: &'a [Bar],
    source: &'a str,
    /// Those of the bars that a forecast has to warn of.
    doubtful: &'a [DoubtfulBar],
    /// The features of the last bar, where they are made already.
    row: Option<&'a FeatureRow>,
}

impl InputBars<'_> {
    fn row(&self, series: &Series) -> Option<FeatureRow> {
        self.row.cloned().or_else(|| latest_feature_row(self.bars, series.interval))
    }
}

/// Forecasts `series` from the caller's bars, else from the window, at `clock`; replayed history has its own now.
///
/// # Errors
/// [`Kind::NoData`] when there is neither a model nor any bar, [`Kind::Unavailable`] when none could be read.
pub fn forecast(
    series: &Series,
    situation: &ServingContext,
    callers_bars: Option<&SuppliedBars>,
    detail: Detail,
    clock: Timestamp,
) -> Result<ForecastResponse, Problem> {
    let (now, replayed) = match callers_bars {
        Some(_) => (clock, None),
        None => (situation.now(clock), situation.replayed()),
    };
    let basis = match (callers_bars, &situation.window) {
        (Some(SuppliedBars { bars, row }), _) => {
            Some(InputBars { bars, source: "caller", doubtful: &[], row: Some(row) })
        }
        (None, Some(window)) => {
            Some(InputBars { bars: &window.bars, source: &window.source, doubtful: &window.doubtful, row: None })
        }
        (None, None) => None,
    };
    let mut warnings = situation.warnings.clone();
    let view = ModelOutput::of(series, situation, basis.as_ref(), &mut warnings)?;
    let explanation = (detail == Detail::Explained).then(|| view.explain(situation.champion.as_ref()));
    let (last_bar, source) = match &basis {
        Some(InputBars { bars: [.., last], source, .. }) => (last.time, (*source).to_owned()),
        // Without bars the base rate still holds for the bar that is open now; the data end where the training's did.
        _ => (series.interval.step(series.interval.floor(view.known_through), -1), "none".to_owned()),
    };
    let decision_time = if basis.is_some() { series.decision_time(last_bar) } else { series.interval.floor(now) };
    let data = DataRef { last_bar, age_seconds: data_age(series, last_bar, now), source };
    let expired = expired(series, decision_time, now);
    let direction = match expired {
        Some(_) => Direction::Abstain,
        None => Direction::from_probability(view.probability, &view.edge),
    };
    warnings.extend(expired);
    warnings.extend(replayed);
    warnings.extend(data_warnings(series, basis.as_ref(), &data, now));
    let forecast = Forecast {
        series: series.clone(),
        decision_time,
        target_time: series.target_time(decision_time),
        expires_at: series.interval.step(decision_time, 1),
        probability_up: view.probability,
        direction,
        interval: view.band,
        edge: view.edge,
        baseline_probability: view.base_rate,
        model: view.model,
        data,
        warnings,
    };
    Ok(ForecastResponse { forecast, explanation })
}

/// What the model says.
struct ModelOutput {
    probability: f64,
    /// The feature row that gave the probability; none when it is a base rate for want of one.
    values: Option<Vec<f64>>,
    band: [f64; 2],
    edge: Edge,
    base_rate: f64,
    model: ModelRef,
    known_through: Timestamp,
}

impl ModelOutput {
    fn of(
        series: &Series,
        situation: &ServingContext,
        basis: Option<&InputBars<'_>>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Self, Problem> {
        let Some(champion) = &situation.champion else {
            let bars = basis.map(|basis| basis.bars).filter(|bars| !bars.is_empty());
            let bars = bars.ok_or_else(|| no_data_problem(series, situation))?;
            let counted = counted(bars.len(), "bar");
            let message = format!("no model serves {series}: the forecast is the base rate of {counted}");
            warnings.push(Warning::new(WarningCode::NoModel, message));
            return Ok(Self::without_model(series, bars));
        };
        warnings.extend(champion.standing.warning());
        let artifact = &champion.artifact;
        let row = basis.and_then(|basis| basis.row(series));
        let predicted = match &row {
            Some(row) => artifact.predict(&row.values).map_err(|error| (WarningCode::ModelUnusable, error.to_string())),
            None if basis.is_none() => Err((WarningCode::NoBars, "there are no current bars".to_owned())),
            None => Err((WarningCode::NoFeatures, "too few bars in a row for the features".to_owned())),
        };
        let (probability, edge, values) = match predicted {
            Ok(probability) => (probability, artifact.edge, row.map(|row| row.values)),
            Err((code, reason)) => {
                warnings.push(Warning::new(code, format!("{reason}: the forecast is the base rate")));
                (artifact.base_rate, Edge::NONE, None)
            }
        };
        Ok(Self {
            probability,
            values,
            band: artifact.band(probability),
            edge,
            base_rate: baseline(series, situation, basis, champion, warnings),
            model: champion.reference(),
            known_through: artifact.trained_through,
        })
    }

    /// Which features moved the probability.
    fn explain(&self, champion: Option<&ServingModel>) -> ForecastExplanation {
        let explanation = champion.zip(self.values.as_ref()).map(|(champion, row)| champion.artifact.explain(row));
        // A row that could be forecast can be explained.
        explanation
            .and_then(Result::ok)
            .map_or_else(|| ForecastExplanation::nothing(self.probability), ForecastExplanation::from)
    }

    /// Climatology of the bars themselves; version 0 is no registered version.
    fn without_model(series: &Series, bars: &[Bar]) -> Self {
        let known = known_labels(series, bars);
        let base_rate = known.base_rate(series.horizon);
        let known_through = bars.last().map_or(Timestamp::UNIX_EPOCH, |last| series.decision_time(last.time));
        let model = ModelRef { version: 0, trained_at: known_through, sha256: None };
        let band = known.interval(series.horizon);
        Self { probability: base_rate, values: None, band, edge: Edge::NONE, base_rate, model, known_through }
    }
}

/// Warning that the forecast for `decision_time` has expired at `now`: the next bar is closed, and a forecast that
/// knows it is due. Such a forecast names no direction.
#[must_use]
pub fn expired(series: &Series, decision_time: Timestamp, now: Timestamp) -> Option<Warning> {
    let expires_at = series.interval.step(decision_time, 1);
    (expires_at <= now).then(|| {
        let message = format!("expired at {expires_at}: the bar that closed then is missing, so no direction is named");
        Warning::new(WarningCode::Expired, message)
    })
}

/// Warning that the bar that opened last is not closed at `now`.
#[must_use]
pub fn open_bar(series: &Series, last_bar: Timestamp, now: Timestamp) -> Option<Warning> {
    let open = series.decision_time(last_bar) > now;
    open.then(|| Warning::new(WarningCode::OpenBar, "the last bar is not closed yet"))
}

/// Labels that are settled at the close of the last of `bars`.
fn known_labels(series: &Series, bars: &[Bar]) -> LabelCounts {
    let labels = labels(bars, series.interval, series.horizon);
    settled_counts(&labels, series.horizon).last().copied().unwrap_or_default()
}

/// Climatology at the close of the last bar of `basis`: that of the newest stored forecast, with the labels settled since.
fn baseline(
    series: &Series,
    situation: &ServingContext,
    basis: Option<&InputBars<'_>>,
    champion: &ServingModel,
    warnings: &mut Vec<Warning>,
) -> f64 {
    let bars = basis.map_or(&[][..], |basis| basis.bars);
    let decided = bars.last().map(|last| series.decision_time(last.time));
    match &situation.baseline {
        Baseline::Stored(stored) if decided.is_none_or(|decided| stored.decision_time <= decided) => {
            stored.extended(series, bars)
        }
        Baseline::Stored(_) => known_labels(series, bars).base_rate(series.horizon),
        Baseline::NoneStored => champion.artifact.base_rate,
        Baseline::Unread => {
            let message =
                "the climatology at the decision time could not be read: the baseline is that of the training";
            warnings.push(Warning::new(WarningCode::BaselineUnavailable, message));
            champion.artifact.base_rate
        }
    }
}

/// Seconds between the close of the bar that opened at `last_bar` and `now`.
#[must_use]
pub fn data_age(series: &Series, last_bar: Timestamp, now: Timestamp) -> i64 {
    now.as_second() - series.decision_time(last_bar).as_second()
}

/// Whether data of that age are stale.
#[must_use]
pub fn is_stale(series: &Series, age_seconds: i64) -> bool {
    age_seconds > 2 * series.interval.seconds() + STALE_GRACE.as_secs()
}

fn data_warnings(series: &Series, basis: Option<&InputBars<'_>>, data: &DataRef, now: Timestamp) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if is_stale(series, data.age_seconds) {
        let close = series.decision_time(data.last_bar);
        warnings.push(Warning::new(WarningCode::StaleData, format!("stale data: the last bar closed at {close}")));
    }
    warnings.extend(open_bar(series, data.last_bar, now));
    if Origin::from(data.source.as_str()).is_simulated() {
        warnings.push(Warning::simulated());
    }
    let doubtful = basis.map_or(&[][..], |basis| basis.doubtful);
    warnings.extend(bar_warnings(doubtful, data.last_bar, series.interval, WARM_UP_BARS + 1));
    warnings.extend(basis.map(|basis| basis.bars).and_then(outliers));
    if let Some(count) = basis.map(|basis| basis.bars.len())
        && count < WINDOW_BARS
    {
        let message = format!("few bars: {count}; with {WINDOW_BARS} the indicators forget where the history starts");
        warnings.push(Warning::new(WarningCode::FewBars, message));
    }
    warnings
}

/// Names what is odd about the newest of `bars`: features were never fitted on many like these.
fn outliers(bars: &[Bar]) -> Option<Warning> {
    /// Bars before the newest ones that tell what is usual.
    const BEFORE: usize = 48;
    let tail = &bars[bars.len().saturating_sub(BEFORE + NEWEST)..];
    let flagged: Vec<String> = (tail.iter().zip(flag_outliers(tail)))
        .skip(tail.len().saturating_sub(NEWEST))
        .filter_map(|(bar, flags)| {
            let rules: Vec<String> = flags.iter().map(|rule| rule.to_string()).collect();
            (!rules.is_empty()).then(|| format!("{} ({})", bar.time, rules.join(", ")))
        })
        .collect();
    (!flagged.is_empty()).then(|| {
        let message = format!("outliers among the last {NEWEST} bars: {}", flagged.join("; "));
        Warning::new(WarningCode::Outliers, message)
    })
}
