//! Seeded market simulator: the default market of the local system, and the source of simulated bars in tests and studies.
//!
//! Bars are valid, daily or hourly, without gaps.
//!
//! - Volatility clusters: log volatility is a first-order autoregression.
//! - Returns have fat tails: Student's t with 5 degrees of freedom.
//! - Ranges and volume follow volatility, and regimes change drift and level.
//! - The sign of each return is drawn separately, from a probability that is reported with each bar. With a signal of 0 it is
//!   a fair coin, so that no model can have an edge. With a larger signal it is a known function of past bars, so that a test
//!   knows the best possible forecast.
//! - Drift comes from the sizes of up and down moves, never from their signs.
//!
//! Not modelled: gaps, times of day, exchange outages, news.

mod continuation;
mod draws;
mod generator;
mod market;
mod regime;
mod signal;

pub use continuation::{Continuation, ContinuationError};
pub use generator::{BarGenerator, SimulatedBar};
pub use market::{MarketModel, Simulated};
pub use regime::Regime;
pub use signal::probability_up;
