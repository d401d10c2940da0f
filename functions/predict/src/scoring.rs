//! Scoring protocol of MLflow's model servers, for their clients and SageMaker's: `POST /invocations` with many rows returns
//! one prediction per row.
//!
//! | content type | body |
//! | --- | --- |
//! | `application/json` | `{"dataframe_split":{"columns":[...],"data":[[...],...]}}`, `index` optional |
//! | | `{"dataframe_records":[{...},...]}` |
//! | | `{"instances":[{...},...]}` or `{"inputs":[{...},...]}` |
//! | | `{"instances":{"column":[...],...}}` or `{"inputs":{...}}` |
//! | `text/csv` | names in the first line |
//!
//! A row is a feature row, with a finite number for each of [`feature_names`](features::feature_names), or a bar
//! with `time` or `timestamp`, `open`, `high`, `low`, `close` and `volume`. Times have any form of [`market_data::time`]; bars
//! ascend on the grid of the series, and may have gaps. In CSV the columns of a bar may have any name that
//! [`market_data::csv::BarColumns`] knows.
//!
//! As with MLflow's schema enforcement, columns are found by name in any order, others are left out, and missing ones are an
//! error. A list of lists is therefore rejected, because its columns have no names. Unlike MLflow, duplicate names, null and NaN
//! are rejected. [`ScoringError`] has the format of MLflow's errors.
//!
//! `params` of a JSON body chooses the predictions. An unknown parameter is an error. CSV has no parameters.
//!
//! | parameter | value |
//! | --- | --- |
//! | `output` | `probability_up` (default), `quantiles` or `odds`; the last two need rows of bars |
//! | `levels` | levels of the quantiles, 1 to 99 numbers above 0 and below 1; default: those of a forecast |
//! | `sizes` | sizes of moves in the odds, 1 to 99 numbers above 0 and at most 1; default: those of the series |

mod columns;
mod content;
mod csv;
mod error;
mod json;
mod params;
mod reason;
mod rows;

pub use error::{ErrorCode, ScoringError};
pub use params::{MAX_VALUES, Output};
pub use reason::{RowCode, RowWarning};

use crate::{
    bars::MAX_BARS,
    distribution::{climatology as climatology_distributions, climatology_warning, compose, model_quantiles},
    forecast::open_bar,
    serving_context::ServingContext,
    text,
};
use content::BodyFormat;
use contracts::{
    Warning, WarningCode,
    distribution::{Odds, Quantiles, rounded_move},
};
use features::{FeatureRow, WINDOW_BARS, baselines::climatology, feature_rows, labels::labels, latest_feature_row};
use jiff::Timestamp;
use market_data::{Bar, Series, bar::check_opened};
use reason::row_warnings;
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// Maximum number of rows in a request.
pub const MAX_ROWS: usize = MAX_BARS;

/// Maximum number of quantiles or odds in a response, whose size Lambda limits to 6 MB.
const MAX_PREDICTED_VALUES: usize = 50_000;

/// Rows to predict: 1 to [`MAX_ROWS`] of one kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// Feature rows of finite values, in the order of [`feature_names`](features::feature_names).
    Features(Vec<Vec<f64>>),
    /// Valid bars in ascending order, with or without gaps.
    Bars(Vec<Bar>),
}

/// Decoded body of a scoring request.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoringInput {
    /// Rows to predict.
    pub rows: Rows,
    /// Kind of the predictions.
    pub output: Output,
}

/// Prediction of one row, by `params.output`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Prediction {
    /// Probability of up.
    ProbabilityUp(f64),
    /// Log returns of the move at the levels, in their order.
    Quantiles(Vec<f64>),
    /// Odds of the sizes, ascending.
    Odds(Vec<Odds>),
}

/// Predictions of the rows of a request.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Predictions {
    /// Prediction of each row, in the order of the rows: the probability of `up` unless `params` asks for another output. For a
    /// bar, it is that of the forecast from the bars up to it, or null where its features are unknown; `row_warnings` has the
    /// reason.
    #[schema(value_type = Vec<Option<DocumentedPrediction>>, min_items = 1, max_items = 5000)]
    pub predictions: Vec<Option<Prediction>>,
    /// Warnings about all predictions, such as that they are a base rate without a model. Absent without warnings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// One entry per row: the reason of a null prediction, and null for a row that has a prediction. Absent when all rows have
    /// a prediction.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 5000)]
    pub row_warnings: Vec<Option<RowWarning>>,
}

/// Prediction of one row, by `params.output`: probability of up, log returns of the move at the levels, or odds of the sizes.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Prediction)]
#[expect(dead_code, reason = "only its schema is used")]
enum DocumentedPrediction {
    ProbabilityUp(Probability),
    Quantiles(Vec<f64>),
    Odds(Vec<Odds>),
}

/// Probability.
#[derive(Serialize, ToSchema)]
#[schema(minimum = 0, maximum = 1)]
struct Probability(f64);

impl Rows {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Features(rows) => rows.len(),
            Self::Bars(bars) => bars.len(),
        }
    }

    /// Rejects bars that open after `now`. A bar that is still open at `now` is accepted.
    ///
    /// # Errors
    /// A bar opens after `now`; the error names the first one.
    pub fn check_opened(&self, now: Timestamp) -> Result<(), ScoringError> {
        match self {
            Self::Features(_) => Ok(()),
            Self::Bars(bars) => {
                check_opened(bars, now).map_err(|error| ScoringError::invalid_values(error.to_string()))
            }
        }
    }

    /// Warning that the last bar is still open at `now`.
    fn open_bar(&self, series: &Series, now: Timestamp) -> Option<Warning> {
        match self {
            Self::Bars(bars) => bars.last().and_then(|last| open_bar(series, last.time, now)),
            Self::Features(_) => None,
        }
    }

    /// True without rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Decodes a body for `series`.
///
/// # Errors
/// 415 for another content type, else 400 with the row, from 0, and the column where there is one, or with the parameter.
pub fn decode(content_type: Option<&str>, body: &[u8], series: &Series) -> Result<ScoringInput, ScoringError> {
    let format = BodyFormat::from_content_type(content_type)?;
    let input = match format {
        BodyFormat::Json => json::input(body, series)?,
        BodyFormat::Csv => ScoringInput { rows: csv::rows(text::text(body)?, series)?, output: Output::default() },
    };
    match (&input.rows, &input.output) {
        (Rows::Features(_), Output::Quantiles(_) | Output::Odds(_)) => Err(ScoringError::invalid_values(
            "`params.output` is quantiles or odds, which need bars: feature rows have no distribution of the move",
        )),
        (rows, output) if rows.len() * output.values() > MAX_PREDICTED_VALUES => {
            let (name, values) = (output.values_name(), output.values());
            Err(ScoringError::invalid_values(format!(
                "`params.{name}` has {values} values for each of {} rows; at most {MAX_PREDICTED_VALUES} together are answered",
                rows.len()
            )))
        }
        _ => Ok(input),
    }
}

/// Predicts all rows with the champion, as calibrated probabilities of `up`, quantiles or odds. The probabilities are base rates
/// when the champion is climatology or its artifact cannot be used. The prediction of a bar is the forecast from the bars up to
/// it. It is absent within [`WARM_UP_BARS`](features::WARM_UP_BARS) of the first bar and of a missing bar.
///
/// Without a champion, predictions are those of the base rates at the bars. For feature rows, they are the base rate of the
/// latest stored bars.
///
/// # Errors
/// 503 when there is neither a champion nor any bar.
pub fn predictions(
    series: &Series,
    context: &ServingContext,
    input: &ScoringInput,
    now: Timestamp,
) -> Result<Predictions, ScoringError> {
    let ScoringInput { rows, output } = input;
    let mut warnings = context.warnings.clone();
    warnings.extend(rows.open_bar(series, now));
    let features: Vec<Option<Cow<'_, [f64]>>> = match rows {
        Rows::Features(rows) => rows.iter().map(|row| Some(row.into())).collect(),
        Rows::Bars(bars) => feature_rows_of_bars(bars, series).map(|row| row.map(|row| row.values.into())).collect(),
    };
    let mut row_warnings = match rows {
        Rows::Bars(bars) if features.contains(&None) => row_warnings(bars, &features, series),
        _ => Vec::new(),
    };
    let probabilities: Vec<Option<f64>> = match &context.champion {
        Some(champion) => {
            warnings.extend(champion.status.warning());
            let predict =
                |row: &Option<Cow<'_, [f64]>>| row.as_ref().map(|row| champion.artifact.predict(row)).transpose();
            features.iter().map(predict).collect::<Result<_, _>>().map_err(ScoringError::internal)?
        }
        None => {
            let message = format!("no model serves {series}: every prediction is a base rate");
            warnings.push(Warning::new(WarningCode::NoModel, message));
            let base_rates = base_rates(series, context, rows)?;
            features.iter().zip(base_rates).map(|(row, rate)| row.as_ref().map(|_| rate)).collect()
        }
    };
    let predictions = match (output, rows) {
        (Output::Quantiles(levels), Rows::Bars(bars)) => {
            let quantiles = |known: &Quantiles| levels.iter().map(|level| rounded_move(known.at(*level))).collect();
            distribution_predictions(series, context, bars, &probabilities, &mut warnings, |known| {
                Prediction::Quantiles(quantiles(known))
            })
        }
        (Output::Odds(sizes), Rows::Bars(bars)) => {
            let sizes = sizes.as_ref().map_or_else(|| context.odds_sizes(series), Cow::Borrowed);
            let odds = |known: &Quantiles| sizes.as_slice().iter().map(|size| Odds::new(known, *size)).collect();
            distribution_predictions(series, context, bars, &probabilities, &mut warnings, |known| {
                Prediction::Odds(odds(known))
            })
        }
        _ => probabilities.iter().map(|probability| probability.map(Prediction::ProbabilityUp)).collect(),
    };
    if row_warnings.is_empty() && predictions.contains(&None) {
        row_warnings = vec![None; predictions.len()];
    }
    for (warning, prediction) in row_warnings.iter_mut().zip(&predictions) {
        if prediction.is_none() && warning.is_none() {
            *warning = Some(RowWarning::without_moves(series));
        }
    }
    Ok(Predictions { predictions, warnings, row_warnings })
}

/// Prediction of each bar from its distribution; `None` for a bar without a probability of up or without any settled move.
fn distribution_predictions(
    series: &Series,
    context: &ServingContext,
    bars: &[Bar],
    probabilities: &[Option<f64>],
    warnings: &mut Vec<Warning>,
    prediction: impl Fn(&Quantiles) -> Prediction,
) -> Vec<Option<Prediction>> {
    let model = model_quantiles(series, context, bars, 0..bars.len());
    let known = probabilities.iter().zip(&model).filter(|(probability, _)| probability.is_some());
    warnings.extend(known.filter_map(|(_, model)| climatology_warning(context, model.as_ref())).next());
    let baselines = climatology_distributions(series, context, bars, 0..bars.len());
    let distribution = |(((bar, probability), model), baseline): (((&Bar, &Option<f64>), _), Option<Quantiles>)| {
        Some(prediction(&compose(context, model, baseline?, bar.close, (*probability)?).quantiles))
    };
    bars.iter().zip(probabilities).zip(model).zip(baselines).map(distribution).collect()
}

/// Feature row of each bar, from the window that ends with it, as for a forecast.
fn feature_rows_of_bars(bars: &[Bar], series: &Series) -> impl Iterator<Item = Option<FeatureRow>> {
    // All windows of the first bars begin with the first bar.
    let first = feature_rows(&bars[..bars.len().min(WINDOW_BARS)], series.interval);
    let later = (first.len()..bars.len()).map(|last| latest_feature_row(&bars[..=last], series.interval));
    first.into_iter().chain(later)
}

/// Base rate of each row, without a model.
fn base_rates(series: &Series, context: &ServingContext, rows: &Rows) -> Result<Vec<f64>, ScoringError> {
    let base_rates = |bars: &[Bar]| climatology(&labels(bars, series.interval, series.horizon), series.horizon);
    match (rows, &context.window) {
        (Rows::Bars(bars), _) => Ok(base_rates(bars)),
        (Rows::Features(rows), Some(window)) => {
            let latest = base_rates(&window.bars).last().copied();
            Ok(vec![latest.ok_or_else(|| ScoringError::no_data(series, context))?; rows.len()])
        }
        (Rows::Features(_), None) => Err(ScoringError::no_data(series, context)),
    }
}
