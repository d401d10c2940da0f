use super::*;
use crate::{
    bootstrap::Sides,
    testing::{bars, judged, settings},
};
use features::labels::labels;
use market_data::Series;

const RESAMPLING: BootstrapConfig =
    BootstrapConfig { block: 1, resamples: 50, seed: 1, confidence: 0.95, sides: Sides::TwoSided };

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
}

#[test]
fn a_longer_horizon_holds_a_share_of_each_of_its_last_forecasts() {
    let positions = overlapping_positions(&[1.0, 1.0, 0.0, -1.0, 0.0], 2);
    for (got, expected) in positions.into_iter().zip([0.5, 1.0, 0.5, -0.5, -0.5]) {
        close(got, expected);
    }
}

#[test]
fn who_abstains_is_flat_and_who_knows_the_outcome_beats_holding() {
    let series: Series = "eth-usd-1d-h1".parse().unwrap();
    let bars = bars(300, 5);
    let labels = labels(&bars, series.interval, series.horizon);
    let worth = |abstain: bool, through: usize| {
        let judged: Vec<EvaluatedForecast> = (100..300)
            .map(|bar| {
                let one = judged(bar, if labels[bar] == Some(true) { 0.6 } else { 0.4 }, labels[bar]);
                if abstain { EvaluatedForecast { direction: Direction::Abstain, ..one } } else { one }
            })
            .collect();
        let (settings, series) = (&settings(), &series);
        let input = EvaluationInput {
            series,
            bars: &bars,
            forecasts: &judged,
            last_bar: through,
            from_model: true,
            selection: None,
            settings,
        };
        StrategyReturns::new(&input, &RESAMPLING).unwrap()
    };
    let called = worth(false, 299);
    assert_eq!(called.bars, 199);
    assert!(called.long_short.total_return > called.long_flat.total_return);
    assert!(called.long_flat.total_return > called.always_long.total_return.max(0.0));
    close(called.always_long.turnover, 1.0);
    let abstained = worth(true, 299);
    close(abstained.long_short.total_return, 0.0);
    close(abstained.unfiltered_long_short.total_return, called.long_short.total_return);

    let cut = worth(false, 249);
    assert_eq!((cut.bars, cut.long_flat.equity.len()), (149, 150));
    assert_eq!(cut.long_flat.equity, called.long_flat.equity[..150], "what comes after is not held");
    assert_eq!(cut.through, series.decision_time(bars[249].time));
}

#[test]
fn forecasts_alone_are_followed_as_the_record_follows_them() {
    for horizon in [1, 3] {
        let bars = bars(200, 9);
        let series: Series = format!("eth-usd-1d-h{horizon}").parse().unwrap();
        let judged: Vec<EvaluatedForecast> =
            (0..200).map(|bar| judged(bar, if bar % 3 == 0 { 0.4 } else { 0.6 }, None)).collect();
        let (series, judged, settings) = (&series, &judged[..], &settings());
        let input = EvaluationInput {
            series,
            bars: &bars,
            forecasts: judged,
            last_bar: 199,
            from_model: true,
            selection: None,
            settings,
        };
        let record = StrategyReturns::new(&input, &RESAMPLING).unwrap().unfiltered_long_short;
        let probabilities: Vec<f64> = judged[..199].iter().map(|one| one.probability_up).collect();
        let returns: Vec<f64> = bars.windows(2).map(|pair| pair[1].close / pair[0].close - 1.0).collect();
        let followed = unfiltered_long_short_returns(&probabilities, &returns, horizon, settings.costs);
        assert_eq!(record.returns, followed);
    }
}
