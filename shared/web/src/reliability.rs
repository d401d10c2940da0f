//! Reliability diagram: share of outcomes up against the forecast probability.

use crate::{Chart, ChartSpec, ValueUnit};

/// Group of similar forecasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityPoint {
    /// Mean probability of the forecasts.
    pub forecast: f64,
    /// Share of outcomes up.
    pub up: f64,
    /// Interval of the share, low and high.
    pub interval: [f64; 2],
    /// Number of forecasts.
    pub n: u32,
}

impl ReliabilityPoint {
    /// Values of the group as text.
    #[must_use]
    pub fn description(&self) -> String {
        let Self { forecast, up, interval: [lo, hi], n } = self;
        format!("forecast {forecast:.3}, went up {up:.3} [{lo:.3}, {hi:.3}] of {n}")
    }
}

/// Diagram of `groups`, in ascending order of forecast: shares with their intervals, the diagonal, and the number of forecasts
/// per group on the lower edge. `None` for fewer than two groups.
#[must_use]
pub fn reliability(groups: &[ReliabilityPoint]) -> Option<Chart> {
    let (first, last) = (groups.first()?.forecast, groups.last()?.forecast);
    let whisker = |group: &ReliabilityPoint| {
        let [lo, hi] = group.interval;
        ("whisker", vec![(group.forecast, lo), (group.forecast, hi)])
    };
    ChartSpec {
        label: "Reliability: share that went up against the probability forecast",
        description: groups.iter().map(ReliabilityPoint::description).collect::<Vec<_>>().join("; ") + ".",
        lines: [("baseline", vec![(first, first), (last, last)])]
            .into_iter()
            .chain(groups.iter().map(whisker))
            .collect(),
        marks: groups.iter().map(|group| ("forecast", group.forecast, group.up, group.description())).collect(),
        columns: groups
            .iter()
            .map(|group| (group.forecast, f64::from(group.n), format!("{} forecasts", group.n)))
            .collect(),
        unit: ValueUnit::Percent,
        ..ChartSpec::default()
    }
    .chart()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagram_has_share_interval_and_count_per_group() {
        let group = |forecast, up, n| ReliabilityPoint { forecast, up, interval: [up - 0.1, up + 0.1], n };
        let chart = reliability(&[group(0.45, 0.4, 30), group(0.55, 0.6, 60)]).unwrap();
        assert_eq!((chart.lines.len(), chart.marks.len(), chart.columns.len()), (3, 2, 2));
        assert!((chart.columns[1].height - 2.0 * chart.columns[0].height).abs() < 1e-9);
        let svg = chart.to_string();
        assert!(svg.contains("forecast 0.450, went up 0.400 [0.300, 0.500] of 30"), "{svg}");
        assert!(reliability(&[group(0.5, 0.5, 9)]).is_none());
    }
}
