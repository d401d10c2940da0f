//! Metrics of a training.

use crate::{error::TrainFunctionError, response::TrainingResult};
use aws::LockError;
use market_data::Series;
use observability::{MetricUnit, Metrics};

/// Counts the end of a training, for the alarms. A training that could not begin because of another one, or was taken over,
/// counts neither as finished nor as failed.
pub(crate) fn emit_status(series: &Series, result: &Result<TrainingResult, TrainFunctionError>) {
    let metric = match result {
        Err(TrainFunctionError::Lock { source: LockError::Held { .. } | LockError::Lost { .. } }) => return,
        Ok(_) => "TrainingFinished",
        Err(_) => "TrainingFailed",
    };
    Metrics::for_series(series.slug()).count(metric, 1).emit();
}

/// Emits the metrics of a challenger that was trained.
pub(crate) fn emit(result: &TrainingResult) {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of one invocation")]
    let duration = result.duration_ms as f64;
    Metrics::for_series(result.series.slug())
        .count("Promoted", usize::from(result.promoted))
        .count("Rejected", usize::from(!result.promoted))
        .value("HoldoutLogLoss", result.evaluation.log_loss().unwrap_or(f64::NAN), MetricUnit::None)
        .value("HoldoutBrierSkill", result.evaluation.brier_skill().unwrap_or(f64::NAN), MetricUnit::None)
        .value("TrainingDuration", duration, MetricUnit::Milliseconds)
        .emit();
}
