use super::*;
use crate::{
    bootstrap::Sides,
    testing::{bars, forecast_at, settings},
};
use features::labels::labels;
use market_data::Series;

const RESAMPLING: BootstrapConfig =
    BootstrapConfig { block: 1, resamples: 50, seed: 1, confidence: 0.95, sides: Sides::TwoSided };

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
}

#[test]
fn a_position_is_the_mean_of_the_last_horizon_targets() {
    let positions = overlapping_positions(&[1.0, 1.0, 0.0, -1.0, 0.0], 2);
    for (got, expected) in positions.into_iter().zip([0.5, 1.0, 0.5, -0.5, -0.5]) {
        close(got, expected);
    }
}

#[test]
fn abstaining_is_flat_and_perfect_forecasts_beat_holding() {
    let series: Series = "eth-usd-1d-h1".parse().unwrap();
    let bars = bars(300, 5);
    let labels = labels(&bars, series.interval, series.horizon);
    let returns = |abstain: bool, last_bar: usize| {
        let forecasts: Vec<EvaluatedForecast> = (100..300)
            .map(|bar| {
                let forecast = forecast_at(bar, if labels[bar] == Some(true) { 0.6 } else { 0.4 }, labels[bar]);
                if abstain { EvaluatedForecast { direction: Direction::Abstain, ..forecast } } else { forecast }
            })
            .collect();
        let (settings, series) = (&settings(), &series);
        let input = EvaluationInput {
            series,
            bars: &bars,
            forecasts: &forecasts,
            last_bar,
            from_model: true,
            selection: None,
            settings,
        };
        StrategyReturns::new(&input, &RESAMPLING).unwrap()
    };
    let directional = returns(false, 299);
    assert_eq!(directional.bars, 199);
    assert!(directional.long_short.total_return > directional.long_flat.total_return);
    assert!(directional.long_flat.total_return > directional.always_long.total_return.max(0.0));
    close(directional.always_long.turnover, 1.0);
    let abstaining = returns(true, 299);
    close(abstaining.long_short.total_return, 0.0);
    close(abstaining.unfiltered_long_short.total_return, directional.long_short.total_return);

    let cut = returns(false, 249);
    assert_eq!((cut.bars, cut.long_flat.equity.len()), (149, 150));
    assert_eq!(cut.long_flat.equity, directional.long_flat.equity[..150], "later bars are not included");
    assert_eq!(cut.through, series.decision_time(bars[249].time));
}

#[test]
fn unfiltered_returns_equal_those_of_the_record() {
    for horizon in [1, 3] {
        let bars = bars(200, 9);
        let series: Series = format!("eth-usd-1d-h{horizon}").parse().unwrap();
        let forecasts: Vec<EvaluatedForecast> =
            (0..200).map(|bar| forecast_at(bar, if bar % 3 == 0 { 0.4 } else { 0.6 }, None)).collect();
        let (series, forecasts, settings) = (&series, &forecasts[..], &settings());
        let input = EvaluationInput {
            series,
            bars: &bars,
            forecasts,
            last_bar: 199,
            from_model: true,
            selection: None,
            settings,
        };
        let record = StrategyReturns::new(&input, &RESAMPLING).unwrap().unfiltered_long_short;
        let probabilities: Vec<f64> = forecasts[..199].iter().map(|forecast| forecast.probability_up).collect();
        let returns: Vec<f64> = bars.windows(2).map(|pair| pair[1].close / pair[0].close - 1.0).collect();
        let unfiltered = unfiltered_long_short_returns(&probabilities, &returns, horizon, settings.costs);
        assert_eq!(record.returns, unfiltered);
    }
}
