use super::*;
use crate::{
    distribution_record::settled_distributions,
    testing::{champion, day, live_records, scored_days, series, settled_records},
};
use contracts::distribution::OddsSizes;

#[test]
fn the_fan_includes_open_forecasts_and_windows_do_not() {
    let (series, config) = (series("eth-usd-1d-h7"), MonitoringConfig::default());
    let config = MonitoringConfig { rolling: 30, ..config };
    let latest = scored_days(1000);
    let records = settled_records(&series, &latest, live_records(&series, &champion(&series, day(500)), 520..=1000));
    let settled = settled_distributions(&series, &latest, &records, &OddsSizes::for_series(&series));
    let settled: Vec<_> = settled.into_iter().map(|(_, settled)| settled).collect();
    let charts = DistributionCharts::new(&records, &settled, latest.as_of, series.horizon, &config).unwrap();
    assert_eq!((charts.fan.len(), charts.window), (FAN_FORECASTS, 210));
    assert_eq!(charts.fan.iter().filter(|bands| bands.outcome.is_none()).count(), 7);
    assert!(charts.over_time.len() > MAX_POINTS / 2 && charts.over_time.len() <= MAX_POINTS + 1);
    let last = charts.over_time.last().unwrap();
    assert_eq!(last.through, day(993));
    let inside = settled[settled.len() - 210..].iter().filter(|settled| settled.scores.in_band[1]).count();
    assert!((last.coverage[1] - as_f64(inside) / 210.0).abs() < 1e-12);
    assert!(charts.over_time.iter().all(|point| point.interval[0] <= point.interval[1]));
    let few = DistributionCharts::new(&records, &settled[..400], latest.as_of, series.horizon, &config).unwrap();
    assert!(few.over_time.is_empty(), "200 overlapping outcomes are 28 independent ones");
}
