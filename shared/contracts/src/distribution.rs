//! Forecast distribution of the move from the close at the decision time to the close at the target time.
//!
//! A move is a log return, `ln(close at target / close at decision)`. Its distribution is given by its quantiles at fixed
//! [`LEVELS`]. Stored forecasts keep only [`Quantiles`] and a few numbers more ([`StoredDistribution`]); everything that a
//! response shows follows from them ([`Distribution`]).

mod band;
mod evidence;
mod odds;
mod quantiles;
mod response;
mod stored;
#[cfg(test)]
mod tests;

pub use band::{BAND_LEVELS, Band};
pub use evidence::{Coverage, DistributionEvidence, SkillVerdict};
pub use odds::{InvalidOddsSize, MAX_ODDS_SIZE, Odds, OddsConfig, OddsSide, OddsSizes};
pub use quantiles::{InvalidQuantiles, LEVEL_COUNT, LEVELS, Quantiles, rounded_move};
pub use response::{Distribution, QuantileTable};
pub use stored::{DistributionBasis, DistributionScores, StoredDistribution};
