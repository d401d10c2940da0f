//! What an operator may ask for instead of a training: that the version which served before serves again.

use crate::error::TrainFunctionError;
use aws::{AliasChange, ModelRegistry, Promotion};
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};

/// `{"series": "eth-usd-1d-h1", "rollback": {"from": 7, "why": "calls every day up"}}`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackRequest {
    /// The series.
    pub series: Series,
    /// Which champion, and why.
    pub rollback: Rollback,
    /// What counts as now. Default: the clock.
    #[serde(default, with = "market_data::time::optional")]
    pub as_of: Option<Timestamp>,
}

/// Which champion is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// The version that serves now. Named, so that a request that comes twice does not bring back what it took away.
    pub from: u32,
    /// For the history.
    pub why: String,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RollbackStatus {
    /// The version before serves again.
    RolledBack,
    /// Another version serves than the one to be taken back; nothing changed.
    NotChampion,
    /// No version served before this one; nothing changed.
    NothingBefore,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RollbackResponse {
    /// How it ended.
    pub status: RollbackStatus,
    /// The series.
    pub series: Series,
    /// The version that serves now, if any.
    pub champion: Option<u32>,
}

impl RollbackRequest {
    /// The time of the move; never one that is yet to come.
    fn at(&self, clock: Timestamp) -> Timestamp {
        self.as_of.map_or(clock, |as_of| as_of.min(clock))
    }

    /// Moves the alias back, with a record in the history.
    ///
    /// # Errors
    /// AWS failed.
    pub async fn execute(
        &self,
        registry: &ModelRegistry,
        clock: Timestamp,
    ) -> Result<RollbackResponse, TrainFunctionError> {
        let Self { series, rollback: Rollback { from, why }, .. } = self;
        let at = self.at(clock);
        let moved = registry.rollback(series, *from, &AliasChange::rollback_reason(why), at).await;
        let (status, champion) = match moved.map_err(TrainFunctionError::aws("roll back"))? {
            Promotion::Promoted => {
                let alias = registry.alias(series).await.map_err(TrainFunctionError::aws("find the champion"))?;
                (RollbackStatus::RolledBack, alias.map(|alias| alias.version))
            }
            Promotion::Conflict { current } if current == Some(*from) => (RollbackStatus::NothingBefore, current),
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
    fn a_request_names_the_version_it_takes_back_and_why() {
        let read = serde_json::from_value::<RollbackRequest>;
        let event = json!({"series": "eth-usd-1d-h1", "rollback": {"from": 7, "why": "calls every day up"}});
        assert_eq!(read(event).unwrap().rollback, Rollback { from: 7, why: "calls every day up".to_owned() });
        for bad in [
            json!({"series": "eth-usd-1d-h1", "rollback": true}),
            json!({"series": "eth-usd-1d-h1", "rollback": {"from": 7}}),
            json!({"series": "eth-usd-1d-h1", "rollback": {"from": 7, "why": "x"}, "reason": "manual"}),
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
            let event = json!({"series": "eth-usd-1d-h1", "rollback": {"from": 7, "why": "x"}, "as_of": as_of});
            let request: RollbackRequest = serde_json::from_value(event).unwrap();
            assert_eq!(request.at(clock).to_string(), at, "{as_of:?}");
        }
    }
}
