use super::*;
use crate::testing::{bars, decision, history, settings};
use domain::bootstrap::Sides;

const RESAMPLING: Resampling = Resampling { block: 1, resamples: 50, seed: 1, confidence: 0.95, sides: Sides::Two };

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
}

/// By hand: in at a cost of 0.15 %, plus 10 %; held, minus 10 %; out at the same cost.
#[test]
fn returns_and_costs_compound() {
    let market = Market { returns: &[0.1, -0.1, 0.5], cost: 0.0015, bars_per_year: 365.0, resampling: RESAMPLING };
    let strategy = market.run(&[1.0, 1.0, 0.0]).unwrap();
    close(strategy.total_return, (1.1 - 0.0015) * 0.9 * (1.0 - 0.0015) - 1.0);
    close(strategy.turnover, 2.0);
    close(strategy.costs_paid, 0.003);
    close(strategy.max_drawdown, 1.0 - 0.9 * (1.0 - 0.0015));
    close(strategy.invested, 2.0 / 3.0);
    close(strategy.annual_turnover, 2.0 / 3.0 * 365.0);
    assert_eq!(strategy.equity.len(), 4);
    let short = market.run(&[-1.0, -1.0, -1.0]).unwrap();
    close(short.total_return, (1.0 - 0.1 - 0.0015) * 1.1 * 0.5 - 1.0);
    let flat = market.run(&[0.0; 3]).unwrap();
    assert_eq!((flat.sharpe, flat.equity.last()), (None, Some(&1.0)));
    let ruined = Market { returns: &[1.5, 0.1], ..market }.run(&[-1.0, -1.0]).unwrap();
    close(ruined.total_return, -1.0);
}

#[test]
fn a_longer_horizon_holds_a_share_of_each_of_its_last_forecasts() {
    let positions = held(&[1.0, 1.0, 0.0, -1.0, 0.0], 2);
    for (got, expected) in positions.into_iter().zip([0.5, 1.0, 0.5, -0.5, -0.5]) {
        close(got, expected);
    }
}

#[test]
fn who_abstains_is_flat_and_who_knows_the_outcome_beats_holding() {
    let history = history("eth-usd-1d-h1", bars(300, 5, 0.0));
    let worth = |abstain| {
        let decisions: Vec<Decision> = (100..300)
            .map(|bar| {
                let up = history.labels[bar];
                Decision { abstain, ..decision(bar, if up == Some(true) { 0.6 } else { 0.4 }, up) }
            })
            .collect();
        AfterCosts::new(&history, &decisions, &settings(&history.series), &RESAMPLING).unwrap()
    };
    let called = worth(false);
    assert_eq!(called.bars, 199);
    assert!(called.long_short.total_return > called.long_flat.total_return);
    assert!(called.long_flat.total_return > called.always_long.total_return.max(0.0));
    close(called.always_long.turnover, 1.0);
    let abstained = worth(true);
    close(abstained.long_short.total_return, 0.0);
    close(abstained.every_long_short.total_return, called.long_short.total_return);
}
