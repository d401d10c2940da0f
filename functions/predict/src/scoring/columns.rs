//! Which columns of a table are read, by their names.

use super::ScoringError;
use crate::cell::{TIMES, VALUES};
use features::feature_names;

/// A bar's columns, for messages.
const BAR: &str = "time (or timestamp), open, high, low, close and volume";

/// What the rows of a table are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Columns {
    /// One feature row each.
    Features,
    /// One bar each, with what its time is called.
    Bars([&'static str; 6]),
}

impl Columns {
    /// Columns of bars, as messages name them.
    pub(super) const BARS: Self = Self::Bars(["time", "open", "high", "low", "close", "volume"]);

    /// What a table with these columns holds. Features when it has all of them, since they are what the model takes;
    /// else bars. Others beside them are left out.
    pub(super) fn detect(has: impl Fn(&str) -> bool) -> Result<Self, ScoringError> {
        let missing =
            |names: &[&'static str]| -> Vec<&'static str> { names.iter().copied().filter(|name| !has(name)).collect() };
        let features = feature_names();
        let no_feature = missing(features);
        if no_feature.is_empty() {
            return Ok(Self::Features);
        }
        let mut no_field = missing(&VALUES);
        match (&TIMES.into_iter().filter(|name| has(name)).collect::<Vec<_>>()[..], no_field.is_empty()) {
            ([time], true) => {
                let [open, high, low, close, volume] = VALUES;
                return Ok(Self::Bars([time, open, high, low, close, volume]));
            }
            ([_, _], true) => {
                return Err(ScoringError::invalid_values(
                    "there is a column `time` and a column `timestamp`: expected one",
                ));
            }
            ([], _) => no_field.insert(0, TIMES[0]),
            _ => {}
        }
        Err(ScoringError::invalid_values(if no_feature.len() < features.len() {
            format!("missing columns {}: a row of features has all {}", no_feature.join(", "), features.len())
        } else if no_field.len() <= VALUES.len() {
            format!("missing columns {}: a bar has {BAR}", no_field.join(", "))
        } else {
            let first = features[0];
            format!(
                "no column is known: expected those of a bar, {BAR}, or the {} features, `{first}` the first of them",
                features.len()
            )
        }))
    }

    /// The columns, in the order in which a row is read.
    pub(super) fn names(&self) -> &[&'static str] {
        match self {
            Self::Features => feature_names(),
            Self::Bars(names) => names,
        }
    }
}
