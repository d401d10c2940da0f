//! Market data: bars, series, quality rules, observations of several sources, gaps, resampling, the bar window, and bars
//! in CSV files.
//!
//! It depends on no other crate of the workspace. It is pure: no IO, no clock, no environment, no AWS.

pub mod bar;
pub mod csv;
pub mod fingerprint;
pub mod gaps;
pub mod interval;
pub mod numbers;
pub mod observation;
pub mod origin;
pub mod quality;
pub mod resample;
pub mod series;
pub mod symbol;
pub mod time;
pub mod window;

pub use bar::{Bar, BarError, BarField};
pub use interval::Interval;
pub use series::Series;
pub use symbol::Symbol;
