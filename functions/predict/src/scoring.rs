//! The scoring protocol of MLflow's model servers, so that their clients and SageMaker's can ask this service: `POST
//! /invocations` with many rows, answered by a prediction each.
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
//! As with MLflow's schema enforcement, columns are found by name, in any order; others are left out, and missing ones
//! are refused. So a list of lists, whose columns have no names, is refused. `params` may be an object, of which nothing is
//! used, as by a model without a schema of parameters. Unlike MLflow, a name that stands twice is refused, and so are
//! null and NaN. [`ScoringError`] has the shape of MLflow's errors.

mod columns;
mod content;
mod csv;
mod error;
mod json;
mod reason;
mod rows;

pub use error::{ErrorCode, ScoringError};
pub use reason::{RowCode, RowWarning};

use crate::{
    bars::MAX_BARS,
    forecast::{ServingContext, open_bar},
    text,
};
use content::BodyFormat;
use contracts::{Warning, WarningCode};
use features::{FeatureRow, WINDOW_BARS, baselines::climatology, feature_rows, labels::labels, latest_feature_row};
use jiff::Timestamp;
use market_data::{Bar, Series, bar::check_opened};
use reason::row_warnings;
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// More rows are refused.
pub const MAX_ROWS: usize = MAX_BARS;

/// What predictions are asked for: 1 to [`MAX_ROWS`] rows of one kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// Finite values, in the order of [`feature_names`](features::feature_names).
    Features(Vec<Vec<f64>>),
    /// Valid bars, ascending, perhaps with gaps.
    Bars(Vec<Bar>),
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Predictions {
    /// The probability of `up` for each row, in the order of the rows. For a bar, that of the forecast from the bars up to it;
    /// null where its features are not known, for the reason that `row_warnings` gives.
    #[schema(value_type = Vec<Option<Probability>>, min_items = 1, max_items = 5000)]
    pub predictions: Vec<Option<f64>>,
    /// What a reader should know of all of them, such as that a base rate stands in for a model. Absent when there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// The reason for each null, beside a null for each row that has a prediction; as many as rows. Absent when every row has
    /// one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 5000)]
    pub row_warnings: Vec<Option<RowWarning>>,
}

/// A probability.
#[derive(ToSchema)]
#[schema(minimum = 0, maximum = 1)]
struct Probability(#[expect(dead_code, reason = "only its schema is used")] f64);

impl Rows {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Features(rows) => rows.len(),
            Self::Bars(bars) => bars.len(),
        }
    }

    /// Refuses bars that open after `now`; the one that is open may be among them.
    ///
    /// # Errors
    /// The first such bar.
    pub fn check_opened(&self, now: Timestamp) -> Result<(), ScoringError> {
        match self {
            Self::Features(_) => Ok(()),
            Self::Bars(bars) => {
                check_opened(bars, now).map_err(|error| ScoringError::invalid_values(error.to_string()))
            }
        }
    }

    /// Warning that the last bar is not closed at `now`.
    fn open_bar(&self, series: &Series, now: Timestamp) -> Option<Warning> {
        match self {
            Self::Bars(bars) => bars.last().and_then(|last| open_bar(series, last.time, now)),
            Self::Features(_) => None,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Reads the rows of a body for `series`.
///
/// # Errors
/// 415 for another content type, 400 for everything else, with the row and column where there is one; both count from 0.
pub fn decode(content_type: Option<&str>, body: &[u8], series: &Series) -> Result<Rows, ScoringError> {
    let format = BodyFormat::of(content_type)?;
    match format {
        BodyFormat::Json => json::rows(body, series),
        BodyFormat::Csv => csv::rows(text::text(body)?, series),
    }
}

/// Predicts every row with the champion: its calibrated probability of `up`, which is a base rate when the champion is
/// climatology or its artifact could not be used. For a bar, it is the forecast from the bars up to it; within
/// [`WARM_UP_BARS`](features::WARM_UP_BARS) of the start or of a missing bar there is none.
///
/// Without a champion it is the base rate known at each bar, or for feature rows that of the latest window.
///
/// # Errors
/// 503 when there is neither a champion nor any bar.
pub fn predictions(
    series: &Series,
    situation: &ServingContext,
    rows: &Rows,
    now: Timestamp,
) -> Result<Predictions, ScoringError> {
    let mut warnings = situation.warnings.clone();
    warnings.extend(rows.open_bar(series, now));
    let features: Vec<Option<Cow<'_, [f64]>>> = match rows {
        Rows::Features(rows) => rows.iter().map(|row| Some(row.into())).collect(),
        Rows::Bars(bars) => of_bars(bars, series).map(|row| row.map(|row| row.values.into())).collect(),
    };
    let row_warnings = match rows {
        Rows::Bars(bars) if features.contains(&None) => row_warnings(bars, &features, series),
        _ => Vec::new(),
    };
    let Some(champion) = &situation.champion else {
        let message = format!("no model serves {series}: every prediction is a base rate");
        warnings.push(Warning::new(WarningCode::NoModel, message));
        let base_rates = base_rates(series, situation, rows)?;
        let predictions = features.iter().zip(base_rates).map(|(row, rate)| row.as_ref().map(|_| rate)).collect();
        return Ok(Predictions { predictions, warnings, row_warnings });
    };
    warnings.extend(champion.standing.warning());
    let predict = |row: &Option<Cow<'_, [f64]>>| row.as_ref().map(|row| champion.artifact.predict(row)).transpose();
    let predictions = features.iter().map(predict).collect::<Result<_, _>>().map_err(ScoringError::internal)?;
    Ok(Predictions { predictions, warnings, row_warnings })
}

/// The features at each bar, from the window that ends with it, as for a forecast.
fn of_bars(bars: &[Bar], series: &Series) -> impl Iterator<Item = Option<FeatureRow>> {
    // The windows of the first bars all start with the first.
    let first = feature_rows(&bars[..bars.len().min(WINDOW_BARS)], series.interval);
    let later = (first.len()..bars.len()).map(|last| latest_feature_row(&bars[..=last], series.interval));
    first.into_iter().chain(later)
}

/// A base rate per row, without a model.
fn base_rates(series: &Series, situation: &ServingContext, rows: &Rows) -> Result<Vec<f64>, ScoringError> {
    let known = |bars: &[Bar]| climatology(&labels(bars, series.interval, series.horizon), series.horizon);
    match (rows, &situation.window) {
        (Rows::Bars(bars), _) => Ok(known(bars)),
        (Rows::Features(rows), Some(window)) => {
            let latest = known(&window.bars).last().copied();
            Ok(vec![latest.ok_or_else(|| ScoringError::nothing_known(series, situation))?; rows.len()])
        }
        (Rows::Features(_), None) => Err(ScoringError::nothing_known(series, situation)),
    }
}
