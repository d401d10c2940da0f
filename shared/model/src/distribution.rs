//! Distribution of an artifact: climatology of its training moves and, with evidence, a model of the size of the next move.
//!
//! The model is a combination of members. A member has a [`Scale`], the size of the next move that its inputs predict, and its
//! residuals: the quantiles of past moves in units of that scale. The quantiles of all members are averaged level by level, then
//! multiplied by one factor that keeps the 80 % band at its coverage ([`adaptation`]).
//!
//! A forecast is a function of the artifact and of the last [`DISTRIBUTION_WINDOW_BARS`] bars and those of the horizon: nothing is
//! accumulated from call to call. Every sum runs over a fixed number of bars in a fixed order, so that a window and the whole
//! history give equal bits.

mod adaptation;
mod explain;
mod garch;
mod inputs;
mod member;
mod part;
mod scale;
#[cfg(test)]
mod tests;

pub use adaptation::{ADAPTATION_BARS, ADAPTED_BAND, adaptation_factors, default_step, log_reach};
pub use explain::WidthFactor;
pub use garch::{GARCH_BARS, Garch};
pub use inputs::{InputTable, MAX_CALENDARS, RANGE_WINDOWS, VARYING_INPUTS, input_names, range_windows};
pub use member::{DISTRIBUTION_WINDOW_BARS, DistributionMember, DistributionModel, MAX_DISTRIBUTION_MEMBERS, scaled};
pub use part::DistributionPart;
pub use scale::{EWMA_TERMS, Scale};
