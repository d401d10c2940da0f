//! The pure core of Weathervane: bars, indicators, features, labels, splits, metrics, the evaluation
//! record, the gate, drift and the messages between the functions. No IO, clock, environment, AWS or polars.

pub mod bar;
pub mod bootstrap;
pub mod climatology;
pub mod csv;
pub mod drift;
pub mod evaluation;
pub mod events;
pub mod failure;
pub mod features;
pub mod fingerprint;
pub mod forecast;
pub mod gaps;
pub mod gate;
pub mod history;
pub mod indicators;
pub mod interval;
pub mod labels;
pub mod lookahead;
pub mod metrics;
pub mod monitor;
pub mod observation;
pub mod origin;
pub mod persistence;
pub mod quality;
pub mod resample;
pub mod selection;
pub mod series;
pub mod splits;
pub mod symbol;
#[cfg(test)]
mod testing;
pub mod time;
pub mod warning;
pub mod window;
pub mod words;

pub use bar::{Bar, BarError, BarField};
pub use interval::Interval;
pub use series::Series;
pub use symbol::Symbol;
pub use warning::{Warning, WarningCode};
