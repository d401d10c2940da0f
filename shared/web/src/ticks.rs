//! Round values on an axis.

/// Factors of a power of ten that read well.
const ROUND: [f64; 4] = [1.0, 2.0, 5.0, 10.0];

/// Values to label, with the decimals that tell them apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ticks {
    pub(crate) values: Vec<f64>,
    pub(crate) decimals: usize,
}

impl Ticks {
    /// At most `most` equally distant round values, or one more, within `low..=high`.
    pub(crate) fn linear(low: f64, high: f64, most: u32) -> Self {
        let none = Self { values: Vec::new(), decimals: 0 };
        let raw = (high - low) / f64::from(most.max(1));
        if !raw.is_normal() || raw < 0.0 {
            return none;
        }
        let magnitude = 10_f64.powf(raw.log10().floor());
        let Some(step) = ROUND.iter().map(|factor| factor * magnitude).find(|step| *step >= raw) else { return none };
        let (first, last) = ((low / step).ceil(), (high / step).floor());
        // Adding zero turns the zero that has a sign into the one that has none.
        let values = (0..=most).map(|n| f64::from(n) + first).take_while(|n| *n <= last).map(|n| n * step + 0.0);
        Self { values: values.collect(), decimals: decimals(step) }
    }

    /// Round values of which neighbours have a similar ratio; equally distant ones where `low..=high` spans too little.
    pub(crate) fn log(low: f64, high: f64, most: u32) -> Self {
        let (first, last) = (low.log10().floor(), high.log10().floor());
        if !first.is_finite() || !last.is_finite() || last - first > 300.0 {
            return Self { values: Vec::new(), decimals: 0 };
        }
        let powers = || (0..=300).map(|n| f64::from(n) + first).take_while(|n| *n <= last).map(|n| 10_f64.powf(n));
        let within = |factors: &[f64]| -> Vec<f64> {
            let values = powers().flat_map(|power| factors.iter().map(move |factor| factor * power));
            values.filter(|value| (low..=high).contains(value)).collect()
        };
        let values = [&ROUND[..3], &ROUND[..1]].into_iter().map(within).find(|values| values.len() <= places(most));
        match values {
            Some(values) if values.len() > 1 => {
                Self { decimals: values.first().map_or(0, |lowest| decimals(*lowest)), values }
            }
            _ => Self::linear(low, high, most),
        }
    }

    /// The value as it is written.
    pub(crate) fn written(&self, value: f64) -> String {
        format!("{value:.0$}", self.decimals)
    }
}

fn places(most: u32) -> usize {
    usize::try_from(most).unwrap_or(usize::MAX)
}

/// Decimals of a round step.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number, not negative")]
fn decimals(step: f64) -> usize {
    (-(step.log10() + 1e-9).floor()).clamp(0.0, 12.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(ticks: &Ticks) -> Vec<String> {
        ticks.values.iter().map(|value| ticks.written(*value)).collect()
    }

    #[test]
    fn values_are_round_and_within() {
        let cases: [(f64, f64, &[&str]); 6] = [
            (0.43, 0.58, &["0.45", "0.50", "0.55"]),
            (-0.013, 0.021, &["-0.01", "0.00", "0.01", "0.02"]),
            (1_730.0, 2_210.0, &["1800", "2000", "2200"]),
            (0.0, 1.1, &["0.0", "0.5", "1.0"]),
            (1.0, 4.0, &["1", "2", "3", "4"]),
            (0.000_09, 0.000_31, &["0.0001", "0.0002", "0.0003"]),
        ];
        for (low, high, expected) in cases {
            assert_eq!(written(&Ticks::linear(low, high, 4)), expected, "{low} {high}");
        }
    }

    #[test]
    fn ratios_are_round_where_they_span_enough() {
        assert_eq!(written(&Ticks::log(90.0, 4_800.0, 5)), ["100", "200", "500", "1000", "2000"]);
        assert_eq!(written(&Ticks::log(3.0, 40_000.0, 4)), ["10", "100", "1000", "10000"]);
        assert_eq!(written(&Ticks::log(0.4, 2.2, 4)), ["0.5", "1.0", "2.0"]);
        assert_eq!(written(&Ticks::log(1_730.0, 2_210.0, 4)), ["1800", "2000", "2200"], "less than a ratio of two");
    }

    #[test]
    fn an_axis_without_extent_has_no_values() {
        for (low, high) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert_eq!(Ticks::linear(low, high, 4).values, Vec::<f64>::new());
        }
        assert_eq!(Ticks::log(0.0, f64::MAX, 4).values, Vec::<f64>::new());
    }
}
