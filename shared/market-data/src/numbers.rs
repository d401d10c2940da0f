//! Conversion of counts, and the text form of numbers in messages.

use std::fmt;

/// Number that is written with digits, or with an exponent where most digits would be zeros.
///
/// ```
/// # use market_data::numbers::Number;
/// assert_eq!(Number(1850.25).to_string(), "1850.25");
/// assert_eq!(Number(1e-309).to_string(), "1e-309");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = *self;
        let magnitude = value.abs();
        if magnitude == 0.0 || !magnitude.is_finite() || (1e-6..1e15).contains(&magnitude) {
            write!(f, "{value}")
        } else {
            write!(f, "{value:e}")
        }
    }
}

/// Count with its noun in the singular or plural.
///
/// ```
/// # use market_data::numbers::counted;
/// assert_eq!((counted(1, "bar"), counted(2, "bar")), ("1 bar".to_owned(), "2 bars".to_owned()));
/// ```
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// Count as a floating-point number; exact below 2^53.
#[must_use]
#[inline]
#[expect(clippy::cast_precision_loss, reason = "counts of bars, rows and trials stay far below 2^53")]
pub const fn as_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_very_large_or_small_numbers_have_an_exponent() {
        for (value, text) in [
            (0.0, "0"),
            (2110.0, "2110"),
            (0.000_02, "0.00002"),
            (-1e-7, "-1e-7"),
            (1e300, "1e300"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(Number(value).to_string(), text);
        }
    }
}
