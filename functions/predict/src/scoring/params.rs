//! Field `params` of a JSON body: the kind of predictions.

use super::ScoringError;
use crate::{
    cell::{A_NUMBER, Cell},
    fields::Object,
    truncate::{MAX_VALUE_CHARS, truncate},
};
use contracts::distribution::{LEVELS, OddsSizes};
use serde_json::value::RawValue;

/// Maximum number of levels or sizes.
pub const MAX_VALUES: usize = 99;

/// Kind of the predictions of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Output {
    /// Probability of up.
    #[default]
    ProbabilityUp,
    /// Quantiles of the move at these levels, each between 0 and 1, exclusive.
    Quantiles(Vec<f64>),
    /// Odds of moves larger than these sizes; absent for those of the series.
    Odds(Option<OddsSizes>),
}

impl Output {
    /// Number of values in the prediction of one row, with odds counted as three. Without sizes the odds of a row are few.
    pub(super) fn values(&self) -> usize {
        match self {
            Self::ProbabilityUp | Self::Odds(None) => 1,
            Self::Quantiles(levels) => levels.len(),
            Self::Odds(Some(sizes)) => 3 * sizes.as_slice().len(),
        }
    }

    /// Parameter with these values.
    pub(super) fn values_name(&self) -> &'static str {
        if matches!(self, Self::Quantiles(_)) { "levels" } else { "sizes" }
    }

    /// Output that `params` asks for.
    ///
    /// # Errors
    /// 400 that names the unknown or invalid parameter.
    pub(super) fn from_params(params: &Object<'_>) -> Result<Self, ScoringError> {
        if let Some(name) = params.keys().find(|name| !["output", "levels", "sizes"].contains(&name.as_ref())) {
            let name = truncate(name, MAX_VALUE_CHARS);
            let detail = format!("there is no parameter `params.{name}`, only output, levels and sizes");
            return Err(ScoringError::invalid_values(detail));
        }
        let output = params.get("output").map_or("\"probability_up\"", |raw| raw.get());
        let unused = |name: &str, owner: &str| match params.get(name) {
            Some(_) => {
                let detail = format!("`params.{name}` is only for `params.output` `{owner}`");
                Err(ScoringError::invalid_values(detail))
            }
            None => Ok(()),
        };
        match output {
            "\"probability_up\"" => {
                unused("levels", "quantiles")?;
                unused("sizes", "odds")?;
                Ok(Self::ProbabilityUp)
            }
            "\"quantiles\"" => {
                unused("sizes", "odds")?;
                Ok(Self::Quantiles(levels(params)?))
            }
            "\"odds\"" => {
                unused("levels", "quantiles")?;
                Ok(Self::Odds(sizes(params)?))
            }
            other => Err(ScoringError::invalid_values(format!(
                "`params.output` is {}, expected probability_up, quantiles or odds",
                truncate(other, MAX_VALUE_CHARS)
            ))),
        }
    }
}

/// Levels of the quantiles; without `levels`, those of a forecast.
fn levels(params: &Object<'_>) -> Result<Vec<f64>, ScoringError> {
    let Some(levels) = numbers(params, "levels")? else { return Ok(LEVELS.to_vec()) };
    match levels.iter().find(|level| **level <= 0.0 || **level >= 1.0) {
        Some(level) => Err(ScoringError::invalid_values(format!(
            "`params.levels` has {level}, expected numbers above 0 and below 1"
        ))),
        None => Ok(levels),
    }
}

/// Sizes of the odds; absent without `sizes`.
fn sizes(params: &Object<'_>) -> Result<Option<OddsSizes>, ScoringError> {
    let sizes = numbers(params, "sizes")?.map(OddsSizes::try_from).transpose();
    sizes.map_err(|error| ScoringError::invalid_values(format!("`params.sizes`: {error}")))
}

/// Numbers in the list `name`, from 1 to [`MAX_VALUES`]; absent without it.
fn numbers(params: &Object<'_>, name: &str) -> Result<Option<Vec<f64>>, ScoringError> {
    let Some(raw) = params.get(name) else { return Ok(None) };
    let invalid = |detail: String| ScoringError::invalid_values(format!("`params.{name}` {detail}"));
    let list: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| invalid("is not a list".to_owned()))?;
    if list.is_empty() || list.len() > MAX_VALUES {
        return Err(invalid(format!("has {} numbers, expected 1 to {MAX_VALUES}", list.len())));
    }
    let number = |raw: &&RawValue| {
        let found = || truncate(raw.get(), MAX_VALUE_CHARS);
        Cell::Json(raw.get()).number().ok_or_else(|| invalid(format!("has {}, expected {A_NUMBER}", found())))
    };
    list.iter().map(number).collect::<Result<_, _>>().map(Some)
}
