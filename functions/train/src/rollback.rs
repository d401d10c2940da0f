//! Rollback, which an operator may request instead of a training: the version that served before serves again.

use crate::error::TrainFunctionError;
use aws::{AliasChange, ModelRegistry, Promotion};
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};

/// Request: `{"series": "eth-usd-1d-h1", "rollback": {"from": 7, "reason": "calls every day up"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackRequest {
    /// Series that is rolled back.
    pub series: Series,
    /// Champion that is rolled back, and the reason.
    pub rollback: Rollback,
    /// Time that counts as now; the clock if absent.
    #[serde(default, with = "market_data::time::optional")]
    pub as_of: Option<Timestamp>,
}

/// Version to roll back, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// Version that serves now. Naming it makes a repeated request harmless.
    pub from: u32,
    /// Reason, stored in the champion history; pages do not show it.
    pub reason: String,
}

/// Outcome of a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RollbackStatus {
    /// The previous version serves again.
    RolledBack,
    /// Another version serves than the one named; nothing changed.
    NotChampion,
    /// No version served before the one named; nothing changed.
    NoPreviousVersion,
}

/// Response of a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RollbackResponse {
    /// Outcome.
    pub status: RollbackStatus,
    /// Series that was rolled back.
    pub series: Series,
    /// Version that serves now, if any.
    pub champion: Option<u32>,
}

impl RollbackRequest {
    /// Time of the alias change, never after `now`.
    fn at(&self, now: Timestamp) -> Timestamp {
        self.as_of.map_or(now, |as_of| as_of.min(now))
    }

    /// Moves the alias back and records the change.
    ///
    /// # Errors
    /// A call to AWS failed.
    pub async fn execute(
        &self,
        registry: &ModelRegistry,
        now: Timestamp,
    ) -> Result<RollbackResponse, TrainFunctionError> {
        let Self { series, rollback: Rollback { from, reason }, .. } = self;
        let at = self.at(now);
        let moved = registry.rollback(series, *from, &AliasChange::rollback_reason(reason), at).await;
        let (status, champion) = match moved.map_err(TrainFunctionError::aws("roll back"))? {
            Promotion::Promoted => {
                let alias = registry.alias(series).await.map_err(TrainFunctionError::aws("find the champion"))?;
                (RollbackStatus::RolledBack, alias.map(|alias| alias.version))
            }
            Promotion::Conflict { current } if current == Some(*from) => (RollbackStatus::NoPreviousVersion, current),
            Promotion::Conflict { current } => (RollbackStatus::NotChampion, current),
        };
        Ok(RollbackResponse { status, series: series.clone(), champion })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_names_version_and_reason() {
        let read = serde_json::from_value::<RollbackRequest>;
        let event = json!({"series": "eth-usd-1d-h1", "rollback": {"from": 7, "reason": "calls every day up"}});
        assert_eq!(read(event).unwrap().rollback, Rollback { from: 7, reason: "calls every day up".to_owned() });
        for bad in [
            json!({"series": "eth-usd-1d-h1", "rollback": true}),
            json!({"series": "eth-usd-1d-h1", "rollback": {"from": 7}}),
            json!({"series": "eth-usd-1d-h1", "rollback": {"from": 7, "reason": "x"}, "trigger": "manual"}),
        ] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_rollback_is_never_dated_after_the_clock() {
        let clock: Timestamp = "2024-01-02T03:04:05Z".parse().unwrap();
        for (as_of, at) in [
            (None, "2024-01-02T03:04:05Z"),
            (Some("2023-12-31T00:00:00Z"), "2023-12-31T00:00:00Z"),
            (Some("2042-01-01T00:00:00Z"), "2024-01-02T03:04:05Z"),
        ] {
            let event = json!({"series": "eth-usd-1d-h1", "rollback": {"from": 7, "reason": "x"}, "as_of": as_of});
            let request: RollbackRequest = serde_json::from_value(event).unwrap();
            assert_eq!(request.at(clock).to_string(), at, "{as_of:?}");
        }
    }
}
