//! Fast parser for rows of plain decimals, as Coinbase sends them; it takes half the time of `serde_json`.
//!
//! Any other body, even with a space, is left to `serde_json`, which also reports errors. The numbers are the same to the
//! bit.

/// Number without sign and exponent: `1483.71` has the digits 148371 and two decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Decimal {
    digits: u64,
    decimals: usize,
}

/// Number of digits that always fit in 64 bits.
const MAX_DIGITS: usize = 19;

/// Largest integer up to which a float represents every integer exactly.
const MAX_EXACT_INTEGER: u64 = 1 << 53;

/// Powers of ten, which floats represent exactly.
const POWERS: [f64; MAX_DIGITS + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19];

impl Decimal {
    /// Nearest float: both operands are exact, and a division rounds once.
    pub(crate) fn value(self) -> f64 {
        self.digits as f64 / POWERS[self.decimals]
    }

    /// The number if it has no decimals.
    pub(crate) fn to_integer(self) -> Option<i64> {
        if self.decimals == 0 { i64::try_from(self.digits).ok() } else { None }
    }

    /// Number at the start of `text`, and the rest.
    fn split(text: &[u8]) -> Option<(Self, &[u8])> {
        let (integer, rest) = digits(text, 0);
        let integer_digits = text.len() - rest.len();
        if integer_digits == 0 || (integer_digits > 1 && text[0] == b'0') {
            return None;
        }
        let (number, rest) = match rest.strip_prefix(b".") {
            None => (Self { digits: integer, decimals: 0 }, rest),
            Some(fraction) => {
                let (digits, rest) = digits(fraction, integer);
                let decimals = fraction.len() - rest.len();
                if decimals == 0 {
                    return None;
                }
                (Self { digits, decimals }, rest)
            }
        };
        (integer_digits + number.decimals <= MAX_DIGITS && number.digits <= MAX_EXACT_INTEGER).then_some((number, rest))
    }
}

/// Appends the digits at the start of `text` to `number`; returns the number and the rest.
fn digits(text: &[u8], mut number: u64) -> (u64, &[u8]) {
    let mut rest = text;
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        rest = after;
    }
    (number, rest)
}

/// Parses rows such as `[[1,2.5],[3,4]]`, and converts each; `None` for any other text.
pub(crate) fn rows<const N: usize, T>(body: &[u8], convert: impl Fn([Decimal; N]) -> Option<T>) -> Option<Vec<T>> {
    let mut rows = Vec::new();
    let mut rest = body.strip_prefix(b"[")?;
    loop {
        rest = rest.strip_prefix(b"[")?;
        let mut row = [Decimal::default(); N];
        for (index, number) in row.iter_mut().enumerate() {
            if index > 0 {
                rest = rest.strip_prefix(b",")?;
            }
            (*number, rest) = Decimal::split(rest)?;
        }
        rows.push(convert(row)?);
        rest = rest.strip_prefix(b"]")?;
        match rest {
            b"]" => return Some(rows),
            [b',', next @ ..] => rest = next,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(body: &str) -> Option<Vec<[f64; 2]>> {
        rows(body.as_bytes(), |row: [Decimal; 2]| Some(row.map(Decimal::value)))
    }

    #[test]
    fn numbers_equal_those_of_serde_json_to_the_bit() {
        let mut state: u64 = 42;
        for _ in 0..100_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (whole, fraction) = (state >> 32, format!("{:09}", (state >> 8) % 1_000_000_000));
            let body = format!("[[{whole},{}.{}]]", whole % 100_000, &fraction[..1 + (state % 9) as usize]);
            let read: Vec<[f64; 2]> = serde_json::from_str(&body).unwrap();
            assert_eq!(values(&body).unwrap()[0].map(f64::to_bits), read[0].map(f64::to_bits), "{body}");
        }
    }

    #[test]
    fn several_rows_and_the_largest_numbers_are_read() {
        assert_eq!(values("[[0,0.5],[10,1483.71]]"), Some(vec![[0.0, 0.5], [10.0, 1483.71]]));
        assert_eq!(values("[[9007199254740992,0.000000000000000001]]"), Some(vec![[9007199254740992.0, 1e-18]]));
    }

    #[test]
    fn other_texts_are_left_to_serde_json() {
        let others = [
            "",
            "[]",
            "[[]]",
            "{}",
            "[[1]]",
            "[[1,2,3]]",
            "[[1,2]",
            "[[1,2]]]",
            "[[1,2]],",
            "[[1,2],]",
            "[[1,2] ]",
            "[[1, 2]]",
            "[[01,2]]",
            "[[1.,2]]",
            "[[.5,2]]",
            "[[-1,2]]",
            "[[1e3,2]]",
            "[[1.5e3,2]]",
            "[[null,2]]",
            "[[\"1\",2]]",
            "[[9007199254740993,2]]",
            "[[0.00000000000000000001,2]]",
            "[[184467440737095516160,2]]",
        ];
        for other in others {
            assert_eq!(values(other), None, "{other}");
        }
    }

    #[test]
    fn only_numbers_without_a_point_are_integers() {
        let whole = |body: &str| rows(body.as_bytes(), |[number]: [Decimal; 1]| number.to_integer());
        assert_eq!(whole("[[1672531200]]"), Some(vec![1_672_531_200]));
        assert_eq!(whole("[[1672531200.0]]"), None);
    }
}
