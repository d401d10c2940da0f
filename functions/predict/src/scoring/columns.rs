//! Columns of a table, detected by their names.

use super::ScoringError;
use crate::cell::{TIME_NAMES, VALUE_NAMES};
use features::feature_names;

/// Columns of a bar, for messages.
const BAR_COLUMNS: &str = "time (or timestamp), open, high, low, close and volume";

/// Columns that are read, by the kind of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Columns {
    /// Feature rows.
    Features,
    /// Bars, with the names of their columns.
    Bars([&'static str; 6]),
}

impl Columns {
    /// Columns of bars by their usual names.
    pub(super) const BARS: Self = Self::Bars(["time", "open", "high", "low", "close", "volume"]);

    /// Detects the kind of a table for which `has` says which columns exist. With all features, it is a table of feature rows,
    /// since the model takes these; else of bars. Other columns are left out.
    pub(super) fn detect(has: impl Fn(&str) -> bool) -> Result<Self, ScoringError> {
        let missing =
            |names: &[&'static str]| -> Vec<&'static str> { names.iter().copied().filter(|name| !has(name)).collect() };
        let features = feature_names();
        let missing_features = missing(features);
        if missing_features.is_empty() {
            return Ok(Self::Features);
        }
        let mut missing_fields = missing(&VALUE_NAMES);
        match (&TIME_NAMES.into_iter().filter(|name| has(name)).collect::<Vec<_>>()[..], missing_fields.is_empty()) {
            ([time], true) => {
                let [open, high, low, close, volume] = VALUE_NAMES;
                return Ok(Self::Bars([time, open, high, low, close, volume]));
            }
            ([_, _], true) => {
                return Err(ScoringError::invalid_values(
                    "there is a column `time` and a column `timestamp`: expected one",
                ));
            }
            ([], _) => missing_fields.insert(0, TIME_NAMES[0]),
            _ => {}
        }
        Err(ScoringError::invalid_values(if missing_features.len() < features.len() {
            format!("missing columns {}: a row of features has all {}", missing_features.join(", "), features.len())
        } else if missing_fields.len() <= VALUE_NAMES.len() {
            format!("missing columns {}: a bar has {BAR_COLUMNS}", missing_fields.join(", "))
        } else {
            let first = features[0];
            format!(
                "no column is known: expected those of a bar, {BAR_COLUMNS}, or the {} features, `{first}` the first of them",
                features.len()
            )
        }))
    }

    /// Names of the columns, in the order in which a row is read.
    pub(super) fn names(&self) -> &[&'static str] {
        match self {
            Self::Features => feature_names(),
            Self::Bars(names) => names,
        }
    }
}
