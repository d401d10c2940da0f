use super::*;
use crate::{
    forecast::due_forecasts,
    testing::{bars, champion, day, live_records, scored, scored_days, series, settled_records},
};

fn sizes() -> OddsSizes {
    OddsSizes::for_series(&series("eth-usd-1d-h1"))
}

#[test]
fn only_live_settled_distributions_count() {
    let (series, latest) = (series("eth-usd-1d-h1"), scored_days(720));
    let champion = champion(&series, day(600));
    let mut records = live_records(&series, &champion, 650..700);
    records.extend(due_forecasts(&series, &latest, &champion, &[], &records).unwrap());
    let mut records = settled_records(&series, &latest, records);
    assert_eq!(settled_distributions(&series, &latest, &records, &sizes()).len(), 50);
    // As a forecast of a release without distributions.
    (records[3].distribution, records[3].distribution_scores) = (None, None);
    assert_eq!(settled_distributions(&series, &latest, &records, &sizes()).len(), 49);
    let earlier = scored_days(660);
    assert_eq!(
        settled_distributions(&series, &earlier, &records, &sizes()).len(),
        9,
        "a replayed day knows no later one"
    );
}

#[test]
fn the_recent_baseline_knows_only_moves_settled_before() {
    let (series, latest) = (series("eth-usd-1d-h7"), scored_days(720));
    let records = live_records(&series, &champion(&series, day(600)), 650..710);
    let records = settled_records(&series, &latest, records);
    let before = settled_distributions(&series, &latest, &records, &sizes());
    // The same forecasts with another market from day 700 on.
    let mut other = bars(720, 1);
    other[700..].iter_mut().for_each(|bar| bar.close *= 3.0);
    let after = settled_distributions(&series, &scored(other), &records, &sizes());
    assert_eq!(before.len(), 60);
    // The outcome is that of the record. The last seven decisions know a move that ended on day 701 or later.
    for ((_, before), (_, after)) in before.iter().zip(&after) {
        assert_eq!(
            before.recent_crps == after.recent_crps,
            before.decision_time <= day(700),
            "{}",
            before.decision_time
        );
    }
}

#[test]
fn a_tie_counts_as_a_move_of_zero() {
    let series = series("eth-usd-1d-h1");
    let mut all = bars(720, 1);
    all[701].close = all[700].close;
    let latest = scored(all.clone());
    let champion = champion(&series, day(600));
    let live =
        (690..720).flat_map(|n| due_forecasts(&series, &scored(all[..n].to_vec()), &champion, &[], &[]).unwrap());
    let records = settled_records(&series, &latest, live);
    let tie = records.iter().find(|record| record.outcome == Some(aws::Outcome::Tie)).unwrap();
    assert_eq!(settled_move(tie, latest.as_of), Some(0.0));
    let record = settled_distributions(&series, &latest, &records, &sizes());
    assert_eq!(record.len(), 30);
    let performance = DistributionRecord::measure(&series, &record, 3, &MonitoringConfig::default()).unwrap();
    assert_eq!(performance.rolling.map(|rolling| rolling.n), Some(30));
    assert_eq!(of_version(&record, 4).count(), 0);
}
