//! Evaluation and verdict of a training, as runs and versions store them.
//!
//! Both keep every field that they were stored with, so that a record of another release is never shortened when it is written
//! back. Functions read them through the methods here and name no JSON field.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Evaluation record of a hold-out (`evaluation::Evaluation`); empty before there is one, and for baseline champions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoredEvaluation(Value);

impl StoredEvaluation {
    /// Stores an evaluation record.
    ///
    /// # Errors
    /// It has no JSON.
    pub fn new(evaluation: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_value(evaluation).map(Self)
    }

    /// Log loss of the forecasts, in nats; `None` without an evaluation.
    #[must_use]
    pub fn log_loss(&self) -> Option<f64> {
        self.0["forecast"]["log_loss"].as_f64()
    }

    /// Brier skill of the forecasts over climatology, at most 1; `None` without an evaluation.
    #[must_use]
    pub fn brier_skill(&self) -> Option<f64> {
        self.0["forecast"]["brier_skill"].as_f64()
    }

    /// This evaluation of a training whose version keeps the direction of another one, with the evaluation of that direction.
    #[must_use]
    pub fn keeping_direction_of(mut self, kept: &Self) -> Self {
        if let Some(fields) = self.0.as_object_mut() {
            fields.insert("kept_direction".to_owned(), kept.direction().clone());
        }
        self
    }

    /// Evaluation of the direction that serves.
    fn direction(&self) -> &Value {
        self.0.get("kept_direction").unwrap_or(&self.0)
    }

    /// Upper end of the interval of the log loss difference to climatology, in nats; `None` without one.
    #[must_use]
    pub fn log_loss_difference_bound(&self) -> Option<f64> {
        self.direction()["log_loss_difference"]["hi"].as_f64()
    }
}

/// Verdict on the version of a run: the gate's decision, or the reason why there is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredVerdict {
    /// True if the version became champion; `None` in records of older releases that do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promoted: Option<bool>,
    /// Reasons, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Error of a run that failed, with its causes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Numbers of the gate.
    #[serde(flatten)]
    pub numbers: Map<String, Value>,
}

impl StoredVerdict {
    /// Stores the gate's decision.
    ///
    /// # Errors
    /// It has no JSON, or is not an object with `promoted` and `reasons`.
    pub fn new(decision: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(decision)?)
    }

    /// Verdict of a run that ended without a promotion, for these reasons.
    #[must_use]
    pub fn not_promoted(reasons: Vec<String>) -> Self {
        Self { promoted: Some(false), reasons, ..Self::default() }
    }

    /// Verdict of a run that failed.
    #[must_use]
    pub fn failed(error: String) -> Self {
        Self { promoted: Some(false), error: Some(error), ..Self::default() }
    }

    /// Verdict on a version that is admitted to the shadow without a hold-out of its own.
    #[must_use]
    pub fn admitted(reasons: Vec<String>) -> Self {
        let numbers = Map::from_iter([("admitted".to_owned(), Value::Bool(true))]);
        Self { promoted: Some(false), reasons, error: None, numbers }
    }

    /// True if the version is admitted to the shadow.
    #[must_use]
    pub fn is_admitted(&self) -> bool {
        self.numbers.get("admitted").and_then(Value::as_bool).unwrap_or(false)
    }

    /// True if the version became champion.
    #[must_use]
    pub fn is_promoted(&self) -> bool {
        self.promoted == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_verdict_of_another_release_keeps_every_field() {
        for stored in [
            json!({"promoted": true, "reasons": ["better"], "n": 300, "gain_over_champion": {"lo": 0.1}}),
            json!({"promoted": false, "error": "its invocation died"}),
            json!({"challenger": {"log_loss": 0.69}}),
        ] {
            let verdict: StoredVerdict = serde_json::from_value(stored.clone()).unwrap();
            assert_eq!(verdict.is_promoted(), stored["promoted"] == true);
            assert_eq!(serde_json::to_value(&verdict).unwrap(), stored);
        }
    }

    #[test]
    fn a_kept_direction_is_judged_by_its_own_evaluation() {
        let record = |loss: f64, hi: f64| {
            StoredEvaluation(json!({"forecast": {"log_loss": loss}, "log_loss_difference": {"hi": hi}}))
        };
        let version = record(0.70, 0.01).keeping_direction_of(&record(0.68, -0.02));
        assert_eq!((version.log_loss(), version.log_loss_difference_bound()), (Some(0.70), Some(-0.02)));
        let again = record(0.71, 0.03).keeping_direction_of(&version);
        assert_eq!(again.log_loss_difference_bound(), Some(-0.02), "kept twice");
        let climatology = record(0.70, 0.01).keeping_direction_of(&StoredEvaluation::default());
        assert_eq!(climatology.log_loss_difference_bound(), None, "of version 1");
    }

    #[test]
    fn an_evaluation_of_another_release_keeps_every_field() {
        let stored = json!({"forecast": {"log_loss": 0.69}, "challenger": {"log_loss": 0.68}});
        let evaluation: StoredEvaluation = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!((evaluation.log_loss(), evaluation.brier_skill()), (Some(0.69), None));
        assert_eq!(serde_json::to_value(&evaluation).unwrap(), stored);
        let empty: StoredEvaluation = serde_json::from_value(Value::Null).unwrap();
        assert_eq!((empty.log_loss(), empty), (None, StoredEvaluation::default()));
    }
}
