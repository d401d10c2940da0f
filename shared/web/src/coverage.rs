//! Coverage of the bands over time, and skill of the distribution over time.

use crate::{AxisValue, Chart, ChartSpec, ValueUnit, format_percent, format_signed};
use contracts::distribution::BAND_LEVELS;

/// Classes of the lines of the 50, 80 and 95 % band.
const CLASSES: [&str; 3] = ["other", "forecast", "price"];

/// Shares of outcomes inside the bands of 50, 80 and 95 % over time, with their nominal shares. `None` for fewer than two
/// points.
#[must_use]
pub fn coverage_over_time<X: AxisValue>(points: &[(X, [f64; 3])]) -> Option<Chart> {
    let (from, to) = (points.first()?.0, points.last()?);
    let nominal = BAND_LEVELS.map(|share| ("baseline", vec![(from, share), (to.0, share)]));
    let realised = CLASSES
        .into_iter()
        .enumerate()
        .map(|(index, class)| (class, points.iter().map(|(x, shares)| (*x, shares[index])).collect()));
    let latest: Vec<String> = BAND_LEVELS
        .iter()
        .zip(to.1)
        .map(|(nominal, share)| format!("the {:.0} % band held {}", 100.0 * nominal, format_percent(share)))
        .collect();
    ChartSpec {
        label: "Share of outcomes inside each band, over time",
        description: format!("Latest: {}.", latest.join(", ")),
        lines: nominal.into_iter().chain(realised).collect(),
        unit: ValueUnit::Percent,
        ..ChartSpec::default()
    }
    .chart()
}

/// Skill of the CRPS over a baseline over time, with its interval low and high. `None` for fewer than two points.
#[must_use]
pub fn crps_skill_over_time<X: AxisValue>(label: &'static str, points: &[(X, f64, [f64; 2])]) -> Option<Chart> {
    let (_, skill, interval) = points.last()?;
    ChartSpec {
        label,
        description: format!("Latest {}.", format_signed(*skill, Some(*interval))),
        bands: vec![("forecast", points.iter().map(|(x, _, interval)| (*x, *interval)).collect())],
        lines: vec![("forecast", points.iter().map(|(x, skill, _)| (*x, *skill)).collect())],
        reference_line: Some(0.0),
        unit: ValueUnit::Percent,
        ..ChartSpec::default()
    }
    .chart()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_band_has_a_line_and_its_nominal_share() {
        let chart = coverage_over_time(&[(0.0, [0.5, 0.79, 0.95]), (1.0, [0.52, 0.78, 0.94])]).unwrap();
        let classes: Vec<_> = chart.lines.iter().map(|line| line.class).collect();
        assert_eq!(classes, ["baseline", "baseline", "baseline", "other", "forecast", "price"]);
        assert!(chart.description.contains("the 80 % band held 78.0 %"), "{}", chart.description);
        assert!(coverage_over_time(&[(0.0, [0.5; 3])]).is_none());
    }

    #[test]
    fn the_skill_has_an_interval_and_zero_line() {
        let points = [(0.0, 0.01, [-0.01, 0.03]), (1.0, 0.02, [0.01, 0.03])];
        let chart = crps_skill_over_time("CRPS skill", &points).unwrap();
        assert!(chart.reference_line.is_some() && chart.description.starts_with("Latest +0.020 [+0.010, +0.030]."));
        assert!(crps_skill_over_time::<f64>("CRPS skill", &[]).is_none());
    }
}
