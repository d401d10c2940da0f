//! Observability: error chains, JSON logs, metrics and the memory that a process took. Depends on no other crate of ours.

mod error_chain;
mod memory;
pub mod metrics;
pub mod telemetry;

pub use error_chain::error_chain;
pub use memory::peak_memory_mb;
pub use metrics::{MetricUnit, Metrics};
