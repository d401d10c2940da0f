//! Metrics of loading: models and objects that could not be used.

use crate::champion::ModelRejected;
use market_data::Series;
use observability::Metrics;

const FUNCTION: &str = "predict";

/// Counts an object that could not be read, in the metric `metric`.
pub(crate) fn count_unreadable(metric: &'static str, object: &str) {
    Metrics::for_function(FUNCTION).count(metric, 1).property("object", object).emit();
}

/// Counts a model whose artifact was rejected, for its series and for the function.
pub(crate) fn count_rejected_model(rejected: &ModelRejected) {
    let ModelRejected { series, version, reason } = rejected;
    for metrics in [Metrics::for_series(series.slug()), Metrics::for_function(FUNCTION)] {
        metrics.count("ModelRefused", 1).property("version", *version).property("reason", reason.as_str()).emit();
    }
}

/// Counts a model that could not be loaded.
pub(crate) fn count_unavailable_model(series: &Series) {
    Metrics::for_function(FUNCTION).count("ModelUnavailable", 1).property("series", series.slug()).emit();
}
