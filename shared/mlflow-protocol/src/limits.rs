//! Limits of MLflow, which its client also checks, and limits of this server.

/// Metrics of one batch.
pub const MAX_METRICS_PER_BATCH: usize = 1_000;
/// Params of one batch, and tags of one batch.
pub const MAX_PARAMS_OR_TAGS_PER_BATCH: usize = 100;
/// Metrics, params and tags of one batch together.
pub const MAX_ENTITIES_PER_BATCH: usize = 1_000;
/// Bytes of a request in JSON. MLflow limits batches to 10⁶; datasets may be somewhat larger.
pub const MAX_JSON_BYTES: usize = 1 << 20;
/// Characters of a key of a metric, param or tag.
pub const MAX_KEY_CHARS: usize = 250;
/// Characters of the value of a param.
pub const MAX_PARAM_VALUE_CHARS: usize = 6_000;
/// Characters of the value of a run's tag.
pub const MAX_RUN_TAG_CHARS: usize = 8_000;
/// Characters of the value of an experiment's tag.
pub const MAX_EXPERIMENT_TAG_CHARS: usize = 20_000;
/// Characters of the value of a registered model's or a version's tag.
pub const MAX_MODEL_TAG_CHARS: usize = 100_000;
/// Characters of an experiment's name.
pub const MAX_EXPERIMENT_NAME_CHARS: usize = 500;
/// Characters of a registered model's name; MLflow's databases have this length.
pub const MAX_MODEL_NAME_CHARS: usize = 256;
/// Characters of a run's name.
pub const MAX_RUN_NAME_CHARS: usize = 250;
/// Characters of an alias.
pub const MAX_ALIAS_CHARS: usize = 255;
/// Characters of a description.
pub const MAX_DESCRIPTION_CHARS: usize = 5_000;
/// Characters of a dataset's name.
pub const MAX_DATASET_NAME_CHARS: usize = 500;
/// Characters of a dataset's digest.
pub const MAX_DATASET_DIGEST_CHARS: usize = 36;
/// Characters of a dataset's source, schema or profile. A run is one item of 400 KB, so this is less than MLflow's.
pub const MAX_DATASET_TEXT_CHARS: usize = 65_535;
/// Datasets of one request.
pub const MAX_DATASETS: usize = 1_000;
/// Characters of a filter.
pub const MAX_FILTER_CHARS: usize = 20_000;
/// Comparisons in a filter.
pub const MAX_COMPARISONS: usize = 100;
/// Clauses of an order.
pub const MAX_ORDER_CLAUSES: usize = 16;
/// Experiments of one search of runs.
pub const MAX_EXPERIMENTS_PER_SEARCH: usize = 100;
