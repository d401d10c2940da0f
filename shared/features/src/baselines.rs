//! Baselines that a forecast has to beat, as known at its decision time.

mod climatology;
mod frequency;
mod moves;
mod persistence;

pub use climatology::{LabelCounts, PRIOR_LABELS, climatology, settled_counts};
pub use frequency::{Cells, FrequencyCounts, SITUATIONS, cells};
pub use moves::{RECENT_DAYS, SettledMoves, SortedMoves, moves, recent_bars};
pub use persistence::persistence;
