//! Round values on an axis.

/// Round factors of a power of ten.
const ROUND: [f64; 4] = [1.0, 2.0, 5.0, 10.0];

/// Values to label, with the number of decimals that distinguishes them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ticks {
    pub(crate) values: Vec<f64>,
    pub(crate) decimals: usize,
}

impl Ticks {
    /// At max_count `max_count + 1` round values at equal distances within `low..=high`.
    pub(crate) fn linear(low: f64, high: f64, max_count: u32) -> Self {
        let none = Self { values: Vec::new(), decimals: 0 };
        let raw = (high - low) / f64::from(max_count.max(1));
        if !raw.is_normal() || raw < 0.0 {
            return none;
        }
        let magnitude = 10_f64.powf(raw.log10().floor());
        let Some(step) = ROUND.iter().map(|factor| factor * magnitude).find(|step| *step >= raw) else { return none };
        let (first, last) = ((low / step).ceil(), (high / step).floor());
        // Adding zero turns negative zero into zero.
        let values = (0..=max_count).map(|n| f64::from(n) + first).take_while(|n| *n <= last).map(|n| n * step + 0.0);
        Self { values: values.collect(), decimals: decimals(step) }
    }

    /// Round values at similar ratios within `low..=high`; at equal distances where the range is too small for that.
    pub(crate) fn log(low: f64, high: f64, max_count: u32) -> Self {
        let (first, last) = (low.log10().floor(), high.log10().floor());
        if !first.is_finite() || !last.is_finite() || last - first > 300.0 {
            return Self { values: Vec::new(), decimals: 0 };
        }
        let powers = || (0..=300).map(|n| f64::from(n) + first).take_while(|n| *n <= last).map(|n| 10_f64.powf(n));
        let within = |factors: &[f64]| -> Vec<f64> {
            let values = powers().flat_map(|power| factors.iter().map(move |factor| factor * power));
            values.filter(|value| (low..=high).contains(value)).collect()
        };
        let values = [&ROUND[..3], &ROUND[..1]]
            .into_iter()
            .map(within)
            .find(|values| u32::try_from(values.len()).is_ok_and(|count| count <= max_count));
        match values {
            Some(values) if values.len() > 1 => {
                Self { decimals: values.first().map_or(0, |lowest| decimals(*lowest)), values }
            }
            _ => Self::linear(low, high, max_count),
        }
    }

    /// Text of a value.
    pub(crate) fn label(&self, value: f64) -> String {
        format!("{value:.0$}", self.decimals)
    }
}

/// Number of decimals of a round step.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number, not negative")]
fn decimals(step: f64) -> usize {
    (-(step.log10() + 1e-9).floor()).clamp(0.0, 12.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &Ticks) -> Vec<String> {
        ticks.values.iter().map(|value| ticks.label(*value)).collect()
    }

    #[test]
    fn linear_ticks_are_round_and_within_the_range() {
        let cases: [(f64, f64, &[&str]); 6] = [
            (0.43, 0.58, &["0.45", "0.50", "0.55"]),
            (-0.013, 0.021, &["-0.01", "0.00", "0.01", "0.02"]),
            (1_730.0, 2_210.0, &["1800", "2000", "2200"]),
            (0.0, 1.1, &["0.0", "0.5", "1.0"]),
            (1.0, 4.0, &["1", "2", "3", "4"]),
            (0.000_09, 0.000_31, &["0.0001", "0.0002", "0.0003"]),
        ];
        for (low, high, expected) in cases {
            assert_eq!(labels(&Ticks::linear(low, high, 4)), expected, "{low} {high}");
        }
    }

    #[test]
    fn log_ticks_are_round_unless_the_range_is_small() {
        assert_eq!(labels(&Ticks::log(90.0, 4_800.0, 5)), ["100", "200", "500", "1000", "2000"]);
        assert_eq!(labels(&Ticks::log(3.0, 40_000.0, 4)), ["10", "100", "1000", "10000"]);
        assert_eq!(labels(&Ticks::log(0.4, 2.2, 4)), ["0.5", "1.0", "2.0"]);
        assert_eq!(labels(&Ticks::log(1_730.0, 2_210.0, 4)), ["1800", "2000", "2200"], "less than a ratio of two");
    }

    #[test]
    fn an_axis_without_extent_has_no_ticks() {
        for (low, high) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert_eq!(Ticks::linear(low, high, 4).values, Vec::<f64>::new());
        }
        assert_eq!(Ticks::log(0.0, f64::MAX, 4).values, Vec::<f64>::new());
    }
}
