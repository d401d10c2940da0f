//! Baselines: what a forecast has to beat, known at its decision time.

mod climatology;
mod persistence;

pub use climatology::{LabelCounts, PRIOR_LABELS, climatology, settled};
pub use persistence::persistence;
