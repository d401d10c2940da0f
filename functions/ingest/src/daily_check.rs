//! Check of days against their hours.

use market_data::{
    Bar,
    observation::{ResolvedBar, Tolerance},
    quality::{QualityFinding, QualityRule},
    resample::to_daily,
};

/// Findings for days whose hours are complete and close at another price, beyond the tolerance between sources. Simulated days are
/// generated independently of simulated hours, so they are not compared.
pub(crate) fn daily_mismatches(days: &[ResolvedBar], hours: &[Bar], tolerance: &Tolerance) -> Vec<QualityFinding> {
    let resampled = to_daily(hours);
    let resampled_at = |day: &ResolvedBar| {
        let found = resampled.binary_search_by_key(&day.bar.time, |bar| bar.time).ok()?;
        Some(resampled[found])
    };
    days.iter()
        .filter(|day| !day.origin.is_simulated())
        .filter_map(|day| Some((day, resampled_at(day)?)))
        .filter(|(day, of_hours)| !tolerance.same_close(&day.bar, of_hours))
        .map(|(day, of_hours)| QualityFinding {
            rule: QualityRule::HoursDisagree,
            time: day.bar.time,
            source: day.origin.to_string(),
            detail: format!("close {}, that of its hours {}", day.bar.close, of_hours.close),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use market_data::{Interval, quality::Flags};

    #[test]
    fn a_day_that_closes_apart_from_its_hours_is_found() {
        let midnight: Timestamp = "2023-01-01T00:00:00Z".parse().unwrap();
        let bar = |time, close| Bar { time, open: 100.0, high: 200.0, low: 50.0, close, volume: 1.0 };
        let hours: Vec<Bar> = (0..72).map(|n| bar(Interval::Hour.step(midnight, n), 120.0)).collect();
        let day = |n, close, label: &str| ResolvedBar {
            bar: bar(Interval::Day.step(midnight, n), close),
            origin: label.into(),
            revision: 0,
            flags: Flags::NONE,
        };
        let days = [
            day(0, 120.5, "coinbase"),
            day(1, 150.0, "coinbase"),
            day(2, 150.0, "coinbase (simulated)"),
            day(3, 150.0, "coinbase"),
        ];
        let [found] = daily_mismatches(&days, &hours, &Tolerance::default()).try_into().unwrap();
        assert_eq!((found.time, found.detail.as_str()), (days[1].bar.time, "close 150, that of its hours 120"));
    }
}
