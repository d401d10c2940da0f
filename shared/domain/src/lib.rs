//! The pure core of Weathervane: bars, indicators, features, labels, splits, metrics, the gate, drift and the
//! messages between the functions. No IO, clock, environment, AWS or polars.

pub mod bar;
pub mod event;
pub mod forecast;
pub mod interval;
pub mod series;
pub mod symbol;

pub use bar::{Bar, BarError, Field};
pub use interval::Interval;
pub use series::Series;
pub use symbol::Symbol;
