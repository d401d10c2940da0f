//! Exact decimal numbers, so that no time passes through a float.

use jiff::{ToSpan, civil::Date};

/// Largest number of digits; a Unix time in nanoseconds has fewer.
const MAX_DIGITS: usize = 30;

/// Days since 1899-12-30 that a spreadsheet shows as dates from 1954 to 2119.
const SERIAL_DAYS: std::ops::Range<i128> = 20_000..80_000;

/// Decimal number: `digits` times ten to the power of `exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    /// Significant digits as an integer; `None` if there are more than [`MAX_DIGITS`].
    digits: Option<i128>,
    exponent: i64,
}

impl Decimal {
    /// Parses `-12.50e3`: a sign, digits with at most one point, an exponent. `None` if the text is not a number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
            None => (unsigned, 0),
        };
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(integer) || !is_digits(fraction) || integer.len() + fraction.len() == 0 {
            return None;
        }
        let point = fraction.trim_end_matches('0').len();
        let digits = [integer, &fraction[..point]].concat();
        let digits = digits.trim_start_matches('0');
        let value = (digits.len() <= MAX_DIGITS).then(|| digits.parse::<i128>().unwrap_or_default());
        let exponent = exponent.saturating_sub(i64::try_from(point).ok()?);
        Some(Self { digits: value.map(|value| if negative { -value } else { value }), exponent })
    }

    /// Converts the number to an integer.
    ///
    /// # Errors
    /// True if the number has a fraction, false if it is too large.
    pub(super) fn to_integer(self) -> Result<i128, bool> {
        let digits = self.digits.ok_or(false)?;
        if digits == 0 {
            return Ok(0);
        }
        let power = u32::try_from(self.exponent.unsigned_abs()).ok().and_then(|exponent| 10_i128.checked_pow(exponent));
        if self.exponent >= 0 {
            return power.and_then(|power| digits.checked_mul(power)).ok_or(false);
        }
        power.filter(|power| digits % power == 0).map(|power| digits / power).ok_or(true)
    }

    /// Date that a spreadsheet stores as this number, with or without a time of day; `None` outside [`SERIAL_DAYS`].
    pub(super) fn serial_day(self) -> Option<Date> {
        let power = 10_i128.checked_pow(u32::try_from(self.exponent.unsigned_abs()).ok()?)?;
        let day = match self.exponent {
            0.. => self.digits?.checked_mul(power)?,
            _ => self.digits? / power,
        };
        SERIAL_DAYS.contains(&day).then_some(())?;
        Date::constant(1899, 12, 30).checked_add(i64::try_from(day).ok()?.days()).ok()
    }
}

fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| {
        let size = digits.parse().unwrap_or(i64::MAX);
        if text.starts_with('-') { -size } else { size }
    })
}
