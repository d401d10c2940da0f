//! Distribution of an artifact: climatology of its training moves and, with evidence, a model of the size of the next move.

mod part;
mod volatility;

pub use part::DistributionPart;
pub use volatility::{DISTRIBUTION_WINDOW_BARS, DistributionModel};
