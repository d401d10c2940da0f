//! A seeded market simulator: the committed default market, and the source of every test history.
//!
//! Bars are valid, daily or hourly, without gaps. Volatility clusters (log-volatility is a first-order
//! autoregression), returns have fat tails (Student's t, 5 degrees of freedom), ranges and volume follow volatility,
//! and regimes change drift and level. The sign of every return is drawn by itself, from a probability that is
//! reported with each bar: a fair coin when the signal is 0, so that no model can have an edge, and a known function
//! of past bars when it is above 0, so that a test knows the best possible forecast. Drift comes from the size of up
//! and down moves, never from their sign.
//!
//! Not modelled: gaps, times of day, exchange outages, news.

mod continuation;
mod draws;
mod market;
mod regime;
mod signal;
mod walk;

pub use continuation::{Continuation, ContinuationError};
pub use market::{MarketModel, Simulated};
pub use regime::Regime;
pub use signal::probability_up;
pub use walk::{BarGenerator, SimulatedBar};
