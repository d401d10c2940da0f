//! Forecast of a series from loaded data. Pure: the same context and time give the same forecast.

use crate::{
    bars::SuppliedBars,
    baseline::Baseline,
    champion::{ServingModel, ServingStatus},
    distribution::{climatology, climatology_warning, compose, model_quantiles},
    explanation::{Detail, ForecastExplanation},
    problem::Problem,
    serving_context::ServingContext,
};
use contracts::{
    Warning, WarningCode,
    distribution::{Distribution, Quantiles},
    expert::{Expert, ExpertForecast, mixed_probability},
    forecast::{DataRef, Edge, Forecast, ModelRef, Novelty, Validity},
    warning::{bar_warnings, flat_prices},
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
};
use model::{DISTRIBUTION_WINDOW_BARS, WidthFactor};
use serde::Serialize;
use utoipa::ToSchema;

/// Tolerated delay of a bar, in addition to two intervals; data that are later count as stale.
const STALE_GRACE: SignedDuration = SignedDuration::from_mins(10);

/// Number of newest bars that are checked for outliers.
const NEWEST_BARS: usize = 3;

/// Forecast and, on request, its explanation.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ForecastResponse {
    /// The forecast.
    #[serde(flatten)]
    pub forecast: Forecast,
    /// Contributions of the features; absent unless requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<ForecastExplanation>,
}

/// Bars that a forecast is made from.
struct InputBars<'a> {
    bars: &'a [Bar],
    source: &'a str,
    /// Bars with doubtful values among them.
    doubtful: &'a [DoubtfulBar],
    /// Feature row of the last bar of a caller; absent for the stored bars, whose row and quantiles the context keeps.
    row: Option<&'a FeatureRow>,
}

impl InputBars<'_> {
    fn row(&self, series: &Series, context: &ServingContext) -> Option<FeatureRow> {
        let latest = || latest_feature_row(self.bars, series.interval);
        self.row.cloned().or_else(|| context.model_input.row.get_or_init(latest).clone())
    }

    /// Quantiles of the distribution model at the last bar.
    fn quantiles(&self, series: &Series, context: &ServingContext) -> Option<Quantiles> {
        let latest = || {
            let last = self.bars.len().checked_sub(1)?;
            model_quantiles(series, context, self.bars, last..self.bars.len()).pop()?
        };
        if self.row.is_some() { latest() } else { *context.model_input.quantiles.get_or_init(latest) }
    }

    /// Distribution of the move from the close of the last bar; `None` where nothing is known of it.
    fn distribution(
        &self,
        series: &Series,
        context: &ServingContext,
        probability_up: f64,
        warnings: &mut Vec<Warning>,
    ) -> Option<Distribution> {
        let last = self.bars.len().checked_sub(1)?;
        let model = self.quantiles(series, context);
        warnings.extend(climatology_warning(context, model.as_ref()));
        let baseline = climatology(series, context, self.bars, last..self.bars.len()).pop()??;
        let stored = compose(context, model, baseline, self.bars[last].close, probability_up);
        Some(Distribution::new(series, &stored, &context.odds_sizes(series)))
    }
}

/// Forecasts `series` from the caller's bars or the latest stored ones. `clock` is the present time; for replayed history, the
/// time that the replay has reached counts instead.
///
/// # Errors
/// [`NoData`](crate::problem::ProblemKind::NoData) without a model and bars,
/// [`Unavailable`](crate::problem::ProblemKind::Unavailable) when neither could be read.
pub fn forecast(
    series: &Series,
    context: &ServingContext,
    supplied_bars: Option<&SuppliedBars>,
    detail: Detail,
    clock: Timestamp,
) -> Result<ForecastResponse, Problem> {
    let (now, replay_warning) = match supplied_bars {
        Some(_) => (clock, None),
        None => (context.now(clock), context.replay_warning()),
    };
    let input = match (supplied_bars, &context.window) {
        (Some(SuppliedBars { bars, row }), _) => {
            Some(InputBars { bars, source: "caller", doubtful: &[], row: Some(row) })
        }
        (None, Some(window)) => {
            Some(InputBars { bars: &window.bars, source: &window.source, doubtful: &window.doubtful, row: None })
        }
        (None, None) => None,
    };
    let mut warnings = context.warnings.clone();
    let output = ModelOutput::new(series, context, input.as_ref(), &mut warnings)?;
    let distribution =
        input.as_ref().and_then(|input| input.distribution(series, context, output.probability, &mut warnings));
    let explanation = (detail == Detail::Explained).then(|| {
        let width = input.as_ref().and_then(|input| width(series, context, input.bars)).unwrap_or_default();
        ForecastExplanation { width, ..output.explain(context.champion.as_ref()) }
    });
    let (last_bar, source) = match &input {
        Some(InputBars { bars: [.., last], source, .. }) => (last.time, (*source).to_owned()),
        // Without bars, the forecast is the base rate for the open bar, and its data end with the training data.
        _ => (series.interval.step(series.interval.floor(output.known_through), -1), "none".to_owned()),
    };
    let decision_time = if input.is_some() { series.decision_time(last_bar) } else { series.interval.floor(now) };
    let data = DataRef { last_bar, age_seconds: data_age(series, last_bar, now), source };
    warnings.extend(expired(series, decision_time, now));
    warnings.extend(replay_warning);
    warnings.extend(data_warnings(series, input.as_ref(), &data, now));
    let Validity { status, direction } = Validity::new(&output.edge, output.band, &warnings);
    let forecast = Forecast {
        series: series.clone(),
        decision_time,
        target_time: series.target_time(decision_time),
        expires_at: series.interval.step(decision_time, 1),
        probability_up: output.probability,
        status,
        direction,
        interval: output.band,
        edge: output.edge,
        baseline_probability: output.base_rate,
        experts: output.experts,
        distribution,
        novelty: output.novelty,
        model: output.model,
        data,
        warnings,
    };
    Ok(ForecastResponse { forecast, explanation })
}

/// Output of the model.
struct ModelOutput {
    probability: f64,
    /// Experts that the probability is mixed from; empty if it is the champion's alone.
    experts: Vec<ExpertForecast>,
    /// Feature row behind the champion's probability; absent for a base rate.
    values: Option<Vec<f64>>,
    /// Distance of that row from the training rows; absent for a base rate, and without a trained range.
    novelty: Option<Novelty>,
    band: [f64; 2],
    edge: Edge,
    base_rate: f64,
    model: ModelRef,
    known_through: Timestamp,
}

impl ModelOutput {
    fn new(
        series: &Series,
        context: &ServingContext,
        input: Option<&InputBars<'_>>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Self, Problem> {
        let Some(champion) = &context.champion else {
            let bars = input.map(|input| input.bars).filter(|bars| !bars.is_empty());
            let bars = bars.ok_or_else(|| context.no_data_problem(series))?;
            let counted = counted(bars.len(), "bar");
            let message = format!("no model serves {series}: the forecast is the base rate of {counted}");
            warnings.push(Warning::new(WarningCode::NoModel, message));
            return Ok(Self::without_model(series, bars));
        };
        warnings.extend(champion.status.warning());
        let artifact = &champion.artifact;
        let row = input.and_then(|input| input.row(series, context));
        let predicted = match &row {
            Some(row) => artifact.predict(&row.values).map_err(|error| (WarningCode::ModelUnusable, error.to_string())),
            None if input.is_none() => Err((WarningCode::NoBars, "there are no current bars".to_owned())),
            None => Err((WarningCode::NoFeatures, "too few bars in a row for the features".to_owned())),
        };
        let (probability, edge, values) = match predicted {
            Ok(probability) => (probability, artifact.edge, row.map(|row| row.values)),
            Err((code, reason)) => {
                warnings.push(Warning::new(code, format!("{reason}: the forecast is the base rate")));
                (artifact.base_rate, Edge::NONE, None)
            }
        };
        let experts = if values.is_some() { served_experts(series, context, input, champion) } else { Vec::new() };
        let probability = if experts.is_empty() { probability } else { mixed_probability(&experts) };
        // A row that has a forecast has the right width.
        let novelty = values.as_ref().and_then(|values| artifact.novelty(values).ok().flatten());
        warnings.extend(novelty.and_then(Novelty::warning));
        Ok(Self {
            probability,
            experts,
            values,
            novelty,
            band: artifact.band(probability),
            edge,
            base_rate: baseline(series, context, input, champion, warnings),
            model: champion.reference(),
            known_through: artifact.trained_through,
        })
    }

    /// Explanation of the probability by features.
    fn explain(&self, champion: Option<&ServingModel>) -> ForecastExplanation {
        let explanation = champion.zip(self.values.as_ref()).map(|(champion, row)| champion.artifact.explain(row));
        // A row that has a forecast has an explanation.
        let explanation = explanation.and_then(Result::ok).map(ForecastExplanation::from);
        let explanation = explanation.unwrap_or_else(|| ForecastExplanation::without_features(self.probability));
        let own = Expert::Version(self.model.version);
        match self.experts.iter().find(|forecast| forecast.expert == own) {
            Some(forecast) => explanation.mixed(forecast.weight, self.probability),
            None => explanation,
        }
    }

    /// Climatology of the bars, as version 0, which is never registered.
    fn without_model(series: &Series, bars: &[Bar]) -> Self {
        let labels = settled_labels(series, bars);
        let base_rate = labels.base_rate(series.horizon);
        let known_through = bars.last().map_or(Timestamp::UNIX_EPOCH, |last| series.decision_time(last.time));
        let model = ModelRef { version: 0, trained_at: known_through, sha256: None };
        let band = labels.interval(series.horizon);
        Self {
            probability: base_rate,
            experts: Vec::new(),
            values: None,
            novelty: None,
            band,
            edge: Edge::NONE,
            base_rate,
            model,
            known_through,
        }
    }
}

/// Experts of the stored forecast, if it is for the last stored bar and by this champion, whose model can be used. The caller's own
/// bars have the champion's forecast alone, because the weights belong to the market of the series.
fn served_experts(
    series: &Series,
    context: &ServingContext,
    input: Option<&InputBars<'_>>,
    champion: &ServingModel,
) -> Vec<ExpertForecast> {
    if matches!(champion.status, ServingStatus::BaseRate(_)) {
        return Vec::new();
    }
    let last_bar = input.filter(|input| input.row.is_none()).and_then(|input| input.bars.last());
    let decision_time = last_bar.map(|bar| series.decision_time(bar.time));
    let stored = context
        .experts
        .as_ref()
        .filter(|stored| Some(stored.decision_time) == decision_time && stored.champion == champion.record.version);
    stored.map(|stored| stored.forecasts.clone()).unwrap_or_default()
}

/// Inputs of the width of the bands at the last bar; `None` without a distribution model.
fn width(series: &Series, context: &ServingContext, bars: &[Bar]) -> Option<Vec<WidthFactor>> {
    context.champion.as_ref()?.artifact.distribution_model()?.explain(series, bars)
}

/// Warning that the forecast for `decision_time` has expired at `now`, because the next bar is closed. An expired forecast
/// abstains.
#[must_use]
pub fn expired(series: &Series, decision_time: Timestamp, now: Timestamp) -> Option<Warning> {
    let expires_at = series.interval.step(decision_time, 1);
    (expires_at <= now).then(|| {
        let message = format!("expired at {expires_at}: the bar that closed then is missing, so no direction is named");
        Warning::new(WarningCode::Expired, message)
    })
}

/// Warning that the last bar is still open at `now`.
#[must_use]
pub fn open_bar(series: &Series, last_bar: Timestamp, now: Timestamp) -> Option<Warning> {
    let open = series.decision_time(last_bar) > now;
    open.then(|| Warning::new(WarningCode::OpenBar, "the last bar is not closed yet"))
}

/// Counts of the labels that are settled at the close of the last bar.
fn settled_labels(series: &Series, bars: &[Bar]) -> LabelCounts {
    let labels = labels(bars, series.interval, series.horizon);
    settled_counts(&labels, series.horizon).last().copied().unwrap_or_default()
}

/// Climatology at the close of the last input bar: that of the newest stored forecast, with the labels settled since.
fn baseline(
    series: &Series,
    context: &ServingContext,
    input: Option<&InputBars<'_>>,
    champion: &ServingModel,
    warnings: &mut Vec<Warning>,
) -> f64 {
    let bars = input.map_or(&[][..], |input| input.bars);
    let decision_time = bars.last().map(|last| series.decision_time(last.time));
    match &context.baseline {
        Baseline::Stored(stored) if decision_time.is_none_or(|time| stored.decision_time <= time) => {
            stored.extended(series, bars)
        }
        Baseline::Stored(_) => settled_labels(series, bars).base_rate(series.horizon),
        Baseline::NoneStored => champion.artifact.base_rate,
        Baseline::Unread => {
            let message =
                "the climatology at the decision time could not be read: the baseline is that of the training";
            warnings.push(Warning::new(WarningCode::BaselineUnavailable, message));
            champion.artifact.base_rate
        }
    }
}

/// Seconds between `now` and the close of the bar that opened at `last_bar`.
#[must_use]
pub fn data_age(series: &Series, last_bar: Timestamp, now: Timestamp) -> i64 {
    now.as_second() - series.decision_time(last_bar).as_second()
}

/// True if data of this age in seconds are stale.
#[must_use]
pub fn is_stale(series: &Series, age_seconds: i64) -> bool {
    age_seconds > 2 * series.interval.seconds() + STALE_GRACE.as_secs()
}

fn data_warnings(series: &Series, input: Option<&InputBars<'_>>, data: &DataRef, now: Timestamp) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if is_stale(series, data.age_seconds) {
        let close = series.decision_time(data.last_bar);
        warnings.push(Warning::new(WarningCode::StaleData, format!("stale data: the last bar closed at {close}")));
    }
    warnings.extend(open_bar(series, data.last_bar, now));
    if Origin::from(data.source.as_str()).is_simulated() {
        warnings.push(Warning::simulated());
    }
    let doubtful = input.map_or(&[][..], |input| input.doubtful);
    warnings.extend(bar_warnings(doubtful, data.last_bar, series.interval, WARM_UP_BARS + 1));
    warnings.extend(input.map(|input| input.bars).and_then(outliers));
    let recent = |bars: &[Bar]| flat_prices(&bars[bars.len().saturating_sub(DISTRIBUTION_WINDOW_BARS)..]);
    warnings.extend(input.map(|input| input.bars).and_then(recent));
    if let Some(count) = input.map(|input| input.bars.len())
        && count < WINDOW_BARS
    {
        let message = format!("few bars: {count}; with {WINDOW_BARS} the indicators forget where the history starts");
        warnings.push(Warning::new(WarningCode::FewBars, message));
    }
    warnings
}

/// Warning about outliers among the newest bars: the models were fitted on few bars like these.
fn outliers(bars: &[Bar]) -> Option<Warning> {
    /// Number of earlier bars that the newest ones are compared with.
    const CONTEXT_BARS: usize = 48;
    let tail = &bars[bars.len().saturating_sub(CONTEXT_BARS + NEWEST_BARS)..];
    let flagged: Vec<String> = (tail.iter().zip(flag_outliers(tail)))
        .skip(tail.len().saturating_sub(NEWEST_BARS))
        .filter_map(|(bar, flags)| {
            let rules: Vec<String> = flags.iter().map(|rule| rule.to_string()).collect();
            (!rules.is_empty()).then(|| format!("{} ({})", bar.time, rules.join(", ")))
        })
        .collect();
    (!flagged.is_empty()).then(|| {
        let message = format!("outliers among the last {NEWEST_BARS} bars: {}", flagged.join("; "));
        Warning::new(WarningCode::Outliers, message)
    })
}
