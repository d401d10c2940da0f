//! Plan of a training: its inputs, fixed before anything is fitted.

use contracts::events::TrainRequest;
use jiff::Timestamp;
use lambda_shell::Invocation;
use market_data::Bar;
use monitoring::MonitoringConfig;
use training::TrainingConfig;

/// Inputs of a training, fixed before anything is fitted.
pub(crate) struct TrainingPlan {
    pub(crate) request: TrainRequest,
    pub(crate) config: TrainingConfig,
    pub(crate) drift: MonitoringConfig,
    pub(crate) bars: Vec<Bar>,
    /// Close of the last bar that may be used.
    pub(crate) as_of: Timestamp,
    /// Time that the registry records for its changes.
    pub(crate) at: Timestamp,
    pub(crate) invocation: Invocation,
}
