//! The columns of an object of the lake.

use domain::Bar;

/// Unix seconds of the open time.
pub(crate) const TIME: &str = "time";

/// What a column holds of a bar.
pub(crate) type Value = fn(&Bar) -> f64;

/// The price and volume columns, in the order in which they are stored, with the field that each one holds.
pub(crate) const VALUES: [(&str, Value); 5] = [
    ("open", |bar| bar.open),
    ("high", |bar| bar.high),
    ("low", |bar| bar.low),
    ("close", |bar| bar.close),
    ("volume", |bar| bar.volume),
];
