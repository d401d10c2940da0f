//! Training runs and their trials.
//!
//! Keys: a run is `SERIES#{slug}`, `RUN#{run}`; a trial is `RUN#{run}`, `TRIAL#{0000}`. The index `by_log_loss` sorts the
//! runs of a series by hold-out log loss.

use crate::{
    Result, StoredEvaluation, StoredVerdict,
    table::{ConditionalWrite, Key, Table, conditional_result, series_pk, string_value},
};
use aws_sdk_dynamodb::Client;
use contracts::events::{AlertRef, TrainReason};
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};

/// Status of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Started, not finished.
    Running,
    /// Ended with a version and a verdict.
    Finished,
    /// Ended with an error.
    Failed,
}

/// One training of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The series.
    pub series: Series,
    /// Run id, unique in the series. It begins with the time, so that text order is time order.
    pub run: String,
    /// Reason of the request.
    pub reason: TrainReason,
    /// Alert that requested it; absent if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertRef>,
    /// Start of the run.
    pub started_at: Timestamp,
    /// End of the run; absent while it is running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Duration in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
    /// Status.
    pub status: RunStatus,
    /// Hash of the bars it used, hex.
    pub dataset_hash: String,
    /// Version of the feature set.
    pub feature_set: String,
    /// Snapshot of the training configuration.
    pub config: serde_json::Value,
    /// Seed of every random choice.
    pub seed: u64,
    /// Version of the code.
    pub code_version: String,
    /// Number of rows with features and a label.
    pub rows: usize,
    /// Number of trials.
    pub trials: usize,
    /// Summary of the search and of its folds.
    #[serde(default)]
    pub search: serde_json::Value,
    /// Largest resident memory of the process, in MB; absent where Linux does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_mb: Option<f64>,
    /// Log loss on the hold-out, in nats; absent without an evaluation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout_log_loss: Option<f64>,
    /// Evaluation on the hold-out.
    #[serde(default)]
    pub evaluation: StoredEvaluation,
    /// Verdict; absent while the run is not over.
    #[serde(default)]
    pub verdict: Option<StoredVerdict>,
    /// Version that it registered; absent if it registered none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Version that it promoted by live forecasts before it trained; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_promotion: Option<u32>,
}

/// One hyper-parameter candidate inside a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// Index in the run, from 0.
    pub index: u32,
    /// Model family.
    pub family: String,
    /// Its hyper-parameters.
    pub params: serde_json::Value,
    /// Mean log loss over the folds; absent when it could not be fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_loss: Option<f64>,
    /// Further measurements.
    #[serde(default)]
    pub metrics: serde_json::Value,
}

/// The runs table.
#[derive(Debug, Clone)]
pub struct RunStore {
    table: Table,
}

impl RunStore {
    /// A view of the runs table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// Stores a run; storing it again replaces it.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put(&self, record: &RunRecord) -> Result<()> {
        self.table.put(run_key(&record.series, &record.run), record).await
    }

    /// Replaces a run whose stored status is `running`; true if it did. A run that has ended is not changed.
    ///
    /// # Errors
    /// The call failed.
    pub async fn close(&self, record: &RunRecord) -> Result<bool> {
        let key = run_key(&record.series, &record.run);
        let target = self.table.target(&key);
        let answer = self
            .table
            .client
            .put_item()
            .table_name(&self.table.name)
            .set_item(Some(self.table.item(key, record)?))
            .condition_expression("#status = :running")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":running", string_value("running"))
            .send()
            .await;
        Ok(conditional_result(answer, "dynamodb:PutItem", &target)? == ConditionalWrite::Applied)
    }

    /// Stores the trials of a run, one by one; storing them again replaces them. `BatchWriteItem` would need a tenth of the
    /// calls, but its permission also allows deletions.
    ///
    /// # Errors
    /// A call failed; the trials before it are stored.
    pub async fn put_trials(&self, run: &str, trials: &[TrialRecord]) -> Result<()> {
        for trial in trials {
            let key = Key::new(format!("RUN#{run}"), format!("TRIAL#{:04}", trial.index));
            self.table.put(key, trial).await?;
        }
        Ok(())
    }

    /// One run.
    ///
    /// # Errors
    /// The call failed.
    pub async fn get(&self, series: &Series, run: &str) -> Result<Option<RunRecord>> {
        self.table.get(run_key(series, run)).await
    }

    /// Runs of a series, newest first.
    ///
    /// # Errors
    /// The call failed.
    pub async fn latest(&self, series: &Series, limit: usize) -> Result<Vec<RunRecord>> {
        let pk = series_pk(series);
        let query = self.table.query().consistent_read(true).scan_index_forward(false);
        self.table.query_all(in_partition(query, &pk, "RUN#"), &pk, limit).await
    }

    /// Runs of a series by hold-out log loss, best first.
    ///
    /// # Errors
    /// The call failed.
    pub async fn best_runs(&self, series: &Series, limit: usize) -> Result<Vec<RunRecord>> {
        let query = self
            .table
            .query()
            .index_name("by_log_loss")
            .key_condition_expression("series = :series")
            .expression_attribute_values(":series", string_value(series.slug()))
            .scan_index_forward(true);
        self.table.query_all(query, "index by_log_loss", limit).await
    }

    /// Trials of a run, in their order.
    ///
    /// # Errors
    /// The call failed.
    pub async fn trials(&self, run: &str, limit: usize) -> Result<Vec<TrialRecord>> {
        let pk = format!("RUN#{run}");
        self.table.query_all(in_partition(self.table.query().consistent_read(true), &pk, "TRIAL#"), &pk, limit).await
    }
}

fn run_key(series: &Series, run: &str) -> Key {
    Key::new(series_pk(series), format!("RUN#{run}"))
}

fn in_partition(
    query: aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder,
    pk: &str,
    prefix: &str,
) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
    query
        .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
        .expression_attribute_values(":pk", string_value(pk))
        .expression_attribute_values(":prefix", string_value(prefix))
}
