//! Baselines that a forecast has to beat, as known at its decision time.

mod climatology;
mod persistence;

pub use climatology::{LabelCounts, PRIOR_LABELS, climatology, settled_counts};
pub use persistence::persistence;
