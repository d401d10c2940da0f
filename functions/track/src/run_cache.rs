//! Runs of experiments in memory, so that a search of a warm function reads what changed and no more.
//!
//! Every write of a run sets its time of change, by the clock of the function that writes. A copy is brought up to date by the
//! index `by_change`, from the newest change that it has minus a margin for differences of clocks and writes on their way.

use crate::{
    error::Result,
    store::{experiment_partition, now_us},
};
use aws::tracking::{Document, Range, TrackingTable};
use mlflow_protocol::Run;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Margin in microseconds: a write is over, or given up, within it.
const MARGIN_US: i64 = 60_000_000;
/// Runs of all copies together; beyond it the copies that were used longest ago are dropped.
const MAX_RUNS: usize = 20_000;
/// Parts of an experiment that are read at once.
const PARTS: u32 = 16;

/// The copies.
#[derive(Debug, Default)]
pub(crate) struct RunCache {
    experiments: Mutex<HashMap<String, Arc<Copy>>>,
}

/// Runs of an experiment as they were at a time.
#[derive(Debug)]
struct Copy {
    /// Microseconds since 1970 before the read began.
    as_of: i64,
    runs: HashMap<String, (u64, Arc<Run>)>,
}

impl RunCache {
    /// All runs of an experiment, deleted ones included, as they are now.
    pub(crate) async fn runs(&self, table: &TrackingTable, experiment: &str) -> Result<Vec<Arc<Run>>> {
        let known = self.experiments.lock().unwrap_or_else(PoisonError::into_inner).get(experiment).cloned();
        let pk = experiment_partition(experiment);
        let as_of = now_us();
        let runs = match known {
            None => read_all(table, &pk).await?.into_iter().map(entry).collect(),
            Some(known) => {
                let since = format!("{:020}", known.as_of - MARGIN_US);
                let changed: Vec<Document<Run>> = table.query(&pk, Range::ChangedSince(&since)).await?;
                let mut runs = known.runs.clone();
                for document in changed {
                    let (id, (revision, run)) = entry(document);
                    if runs.get(&id).is_none_or(|(seen, _)| *seen < revision) {
                        runs.insert(id, (revision, run));
                    }
                }
                runs
            }
        };
        let copy = Arc::new(Copy { as_of, runs });
        self.keep(experiment, &copy);
        Ok(copy.runs.values().map(|(_, run)| Arc::clone(run)).collect())
    }

    fn keep(&self, experiment: &str, copy: &Arc<Copy>) {
        let mut experiments = self.experiments.lock().unwrap_or_else(PoisonError::into_inner);
        experiments.insert(experiment.to_owned(), Arc::clone(copy));
        while experiments.len() > 1 && experiments.values().map(|copy| copy.runs.len()).sum::<usize>() > MAX_RUNS {
            let oldest = experiments.iter().min_by_key(|(_, copy)| copy.as_of).map(|(id, _)| id.clone());
            oldest.and_then(|id| experiments.remove(&id));
        }
    }
}

fn entry(document: Document<Run>) -> (String, (u64, Arc<Run>)) {
    (document.value.id.clone(), (document.revision, Arc::new(document.value)))
}

/// All runs of a partition, in parts by the random half of their ids.
async fn read_all(table: &TrackingTable, pk: &str) -> Result<Vec<Document<Run>>> {
    let experiment = pk.rsplit('/').next().and_then(|id| id.parse::<u64>().ok()).unwrap_or_default();
    let mut parts = tokio::task::JoinSet::new();
    for part in 0..PARTS {
        let (table, pk) = (table.clone(), pk.to_owned());
        let first = format!("RUN/{experiment:016x}{part:x}");
        // `g` sorts after every hexadecimal digit.
        let last = format!("{first}g");
        parts.spawn(async move { table.query(&pk, Range::Between(&first, &last)).await });
    }
    let mut runs = Vec::new();
    while let Some(part) = parts.join_next().await {
        match part {
            Ok(found) => runs.extend(found?),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
    Ok(runs)
}
