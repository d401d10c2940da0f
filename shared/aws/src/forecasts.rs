//! Stored forecasts, one per series and decision time, with their outcomes once known.
//!
//! Keys: `SERIES#{slug}`, decision time as RFC 3339 in whole seconds, so that text order is time order.

use crate::{
    Result,
    table::{ConditionalWrite, Key, Table, conditional_result, number_value, series_pk, string_value},
};
use aws_sdk_dynamodb::Client;
use contracts::{
    Outcome,
    distribution::{DistributionScores, StoredDistribution},
    expert::{Expert, ExpertForecast, PairedDistribution, PairedForecast},
    forecast::Forecast,
    log_return,
};
use features::baselines::LabelCounts;
use jiff::Timestamp;
use market_data::{Series, time::EARLIEST};
use serde::{Deserialize, Serialize};

/// The outcome that is joined to a forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settlement {
    /// Outcome.
    pub outcome: Outcome,
    /// Time at which it was settled.
    pub settled_at: Timestamp,
    /// Close at the decision time.
    pub close_at_decision: f64,
    /// Close at the target time.
    pub close_at_target: f64,
    /// Scores of the distribution; absent without a stored one.
    pub distribution_scores: Option<DistributionScores>,
}

/// A forecast as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastRecord {
    /// Forecast, without its distribution; never changed after it is stored.
    pub forecast: Forecast,
    /// Distribution of the forecast; absent in records of older releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<StoredDistribution>,
    /// Time that counted as now when it was made; in a replay a time of the past.
    pub made_at: Timestamp,
    /// Labels behind the baseline of the forecast; absent in records of older releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_labels: Option<LabelCounts>,
    /// Forecasts of the experts behind its probability, climatology first; empty in records of older releases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub experts: Vec<ExpertForecast>,
    /// Time by the clock at which it was stored; absent in records of older releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_at: Option<Timestamp>,
    /// Outcome; absent until it is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Time at which it was settled; absent until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Timestamp>,
    /// Close at the decision time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_at_decision: Option<f64>,
    /// Close at the target time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_at_target: Option<f64>,
    /// Scores of the distribution; absent until the forecast is settled, and without a distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_scores: Option<DistributionScores>,
}

impl ForecastRecord {
    /// A forecast whose outcome is not known.
    #[must_use]
    pub const fn open(forecast: Forecast, made_at: Timestamp) -> Self {
        Self {
            forecast,
            made_at,
            distribution: None,
            baseline_labels: None,
            experts: Vec::new(),
            stored_at: None,
            outcome: None,
            settled_at: None,
            close_at_decision: None,
            close_at_target: None,
            distribution_scores: None,
        }
    }

    /// True if it was made in a replay: stored at or after its target time, although `made_at` is before it.
    #[must_use]
    pub fn is_replayed(&self) -> bool {
        let target_time = self.forecast.target_time;
        self.made_at < target_time && self.stored_at.is_some_and(|stored_at| stored_at >= target_time)
    }

    /// Probability of up that this expert gave, if it did.
    #[must_use]
    pub fn probability_of(&self, expert: Expert) -> Option<f64> {
        self.experts.iter().find(|forecast| forecast.expert == expert).map(|forecast| forecast.probability_up)
    }

    /// Probability of up by the champion alone. Before there were experts it was the probability that was served.
    #[must_use]
    pub fn champion_probability(&self) -> f64 {
        let champion = Expert::Version(self.forecast.model.version);
        self.probability_of(champion).unwrap_or(self.forecast.probability_up)
    }

    /// True if it was made before its outcome could be known.
    #[must_use]
    pub fn made_in_time(&self) -> bool {
        self.made_at < self.forecast.target_time
    }

    /// Record as it was known at `as_of`: an outcome with a later target time is removed.
    #[must_use]
    pub fn known_at(self, as_of: Timestamp) -> Self {
        if self.forecast.target_time <= as_of {
            return self;
        }
        Self {
            outcome: None,
            settled_at: None,
            close_at_decision: None,
            close_at_target: None,
            distribution_scores: None,
            ..self
        }
    }

    /// Record as it counts. Unless replays count, a replayed forecast counts as made when it was stored.
    #[must_use]
    pub fn counted(mut self, count_replays: bool) -> Self {
        if !count_replays && self.is_replayed() {
            self.made_at = self.stored_at.unwrap_or(self.made_at);
        }
        self
    }

    /// Move from the decision time to the target time, a log return; absent until it is settled.
    #[must_use]
    pub fn settled_move(&self) -> Option<f64> {
        Some(log_return(self.close_at_decision?, self.close_at_target?))
    }

    /// Forecast of a challenger beside the champion's, with the outcome. `None` while it is open, if it was not made in time, or
    /// without a forecast of that version.
    #[must_use]
    pub fn paired_with(&self, challenger: u32) -> Option<PairedForecast> {
        let expert = Expert::Version(challenger);
        let own = self.experts.iter().find(|forecast| forecast.expert == expert)?;
        let outcome = self.outcome.filter(|_| self.made_in_time())?;
        let champion = self.distribution.as_ref();
        let distribution =
            own.quantiles.zip(champion).zip(self.settled_move()).map(|((challenger, champion), outcome)| {
                PairedDistribution { challenger, champion: champion.quantiles, climatology: champion.baseline, outcome }
            });
        Some(PairedForecast {
            decision_time: self.forecast.decision_time,
            champion_version: self.forecast.model.version,
            challenger: own.probability_up,
            champion: self.champion_probability(),
            climatology: self.forecast.baseline_probability,
            up: outcome.label(),
            distribution,
        })
    }

    /// True if its outcome is stored.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.settled_at.is_some()
    }
}

/// The forecasts table.
#[derive(Debug, Clone)]
pub struct ForecastStore {
    table: Table,
}

impl ForecastStore {
    /// A view of the forecasts table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// Stores a forecast, once: `false` when one for that decision time is already there, which then stays.
    ///
    /// # Errors
    /// The call failed.
    pub async fn create(&self, record: &ForecastRecord) -> Result<bool> {
        let key = forecast_key(&record.forecast.series, record.forecast.decision_time);
        let target = self.table.target(&key);
        let item = self.table.item(key, record)?;
        let write = self.table.put_if(&target, item, "attribute_not_exists(pk)", Default::default()).await?;
        Ok(write == ConditionalWrite::Applied)
    }

    /// Joins the outcome, once: `false` when there is no such forecast or it is already settled.
    ///
    /// # Errors
    /// The call failed.
    pub async fn settle(&self, series: &Series, decision_time: Timestamp, settlement: &Settlement) -> Result<bool> {
        let key = forecast_key(series, decision_time);
        let target = self.table.target(&key);
        let mut set =
            "SET outcome = :outcome, settled_at = :at, close_at_decision = :from, close_at_target = :to".to_owned();
        let mut update = self.table.client.update_item();
        if let Some(scores) = settlement.distribution_scores {
            set.push_str(", distribution_scores = :scores");
            let scores = self.table.attribute(&target, &scores)?;
            update = update.expression_attribute_values(":scores", scores);
        }
        let answer = update
            .table_name(&self.table.name)
            .set_key(Some(key.into_item()))
            .update_expression(set)
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(settled_at)")
            .expression_attribute_values(":outcome", string_value(settlement.outcome.as_str()))
            .expression_attribute_values(":at", string_value(settlement.settled_at.to_string()))
            .expression_attribute_values(":from", number_value(settlement.close_at_decision))
            .expression_attribute_values(":to", number_value(settlement.close_at_target))
            .send()
            .await;
        Ok(conditional_result(answer, "dynamodb:UpdateItem", &target)? == ConditionalWrite::Applied)
    }

    /// Forecasts with a decision time in `from..=to`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn range(
        &self,
        series: &Series,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<ForecastRecord>> {
        // Before `EARLIEST`, text order is not time order. DynamoDB rejects a range that ends before it begins.
        let from = from.max(EARLIEST);
        if from > to {
            return Ok(Vec::new());
        }
        let pk = series_pk(series);
        let query = self
            .table
            .query()
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", string_value(&pk))
            .expression_attribute_values(":from", string_value(sort_key(from)))
            .expression_attribute_values(":to", string_value(sort_key(to)));
        self.table.query_all(query, &pk, limit).await
    }

    /// Forecasts, newest decision time first.
    ///
    /// # Errors
    /// The call failed.
    pub async fn latest(&self, series: &Series, limit: usize) -> Result<Vec<ForecastRecord>> {
        self.table.query_descending(&series_pk(series), limit).await
    }
}

fn sort_key(decision_time: Timestamp) -> String {
    format!("{decision_time:.0}")
}

fn forecast_key(series: &Series, decision_time: Timestamp) -> Key {
    Key::new(series_pk(series), sort_key(decision_time))
}
