use super::*;
use crate::{
    EvaluationSettings,
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

/// Returns of forecasts that are right every day or wrong every day, or never call, over `n` bars.
fn followed(side: f64, n: usize, costs: Costs) -> StrategyReturns {
    let series: Series = "eth-usd-1d-h1".parse().unwrap();
    let bars = bars(n, 5);
    let labels = labels(&bars, series.interval, series.horizon);
    let forecast = |bar: usize| {
        let up = if labels[bar] == Some(true) { side } else { -side };
        let forecast = forecast_at(bar, 0.5 + 0.1 * up, labels[bar]);
        if side == 0.0 { EvaluatedForecast { direction: Direction::Abstain, ..forecast } } else { forecast }
    };
    let forecasts: Vec<EvaluatedForecast> = (0..n).map(forecast).collect();
    let (series, settings) = (&series, &EvaluationSettings { costs, ..settings() });
    let (bars, forecasts, last_bar) = (&bars[..], &forecasts[..], n - 1);
    let input = EvaluationInput { series, bars, forecasts, last_bar, from_model: true, selection: None, settings };
    StrategyReturns::new(&input, &RESAMPLING).unwrap()
}

#[test]
fn only_a_shown_edge_with_a_gain_beyond_chance_is_tradable() {
    let (cheap, dear) = (Costs::default(), Costs { fee: 0.05, slippage: 0.05 });
    for (returns, edge, verdict) in [
        (followed(1.0, 300, cheap), EdgeVerdict::Shown, CostVerdict::Tradable),
        (followed(1.0, 300, cheap), EdgeVerdict::Weak, CostVerdict::NotTradable),
        (followed(1.0, 300, dear), EdgeVerdict::Shown, CostVerdict::NotTradable),
        (followed(-1.0, 300, cheap), EdgeVerdict::Shown, CostVerdict::NotTradable),
        (followed(0.0, 300, cheap), EdgeVerdict::Shown, CostVerdict::Unknown),
        (followed(0.0, 300, cheap), EdgeVerdict::None, CostVerdict::NotTradable),
        (followed(1.0, 20, cheap), EdgeVerdict::Shown, CostVerdict::Unknown),
    ] {
        assert_eq!(returns.after_costs(edge).verdict, verdict, "{edge:?} {:?}", returns.long_short);
    }
}

#[test]
fn the_result_after_costs_is_that_of_the_calls() {
    let costs = Costs { fee: 0.02, slippage: 0.01 };
    let returns = followed(1.0, 300, costs);
    let after_costs = returns.after_costs(EdgeVerdict::Shown);
    let ([lo, hi], annual) = (after_costs.annual_return_ci.unwrap(), after_costs.annual_return.unwrap());
    assert!(lo < annual && annual < hi, "{after_costs:?}");
    assert_eq!(
        (after_costs.annual_return, after_costs.sharpe),
        (returns.long_short.annual_return, returns.long_short.sharpe)
    );
    assert_eq!((after_costs.fee, after_costs.slippage), (Some(0.02), Some(0.01)));
    let without_calls = followed(0.0, 300, costs).after_costs(EdgeVerdict::Shown);
    assert_eq!((without_calls.annual_return, without_calls.annual_return_ci), (None, None), "nothing was measured");
}
