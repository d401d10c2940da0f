//! Properties of simulated bars: determinism, validity, clustering, fat tails and regimes.

use market_data::{Bar, Interval, bar::validate_bars};
use market_simulator::{Continuation, ContinuationError, MarketModel, Regime};

const REGIMES: [Regime; 5] = [Regime::Mixed, Regime::Calm, Regime::Bull, Regime::Bear, Regime::Crisis];

fn market(seed: u64, interval: Interval) -> MarketModel {
    MarketModel::new(seed, interval, jiff::Timestamp::UNIX_EPOCH)
}

fn returns(bars: &[Bar]) -> Vec<f64> {
    bars.windows(2).map(|pair| (pair[1].close / pair[0].close).ln()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "lengths are small")]
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

fn root_mean_square(values: &[f64]) -> f64 {
    mean(values.iter().map(|v| v * v)).sqrt()
}

fn correlation(left: &[f64], right: &[f64]) -> f64 {
    let centred = |values: &[f64]| {
        let mean = mean(values.iter().copied());
        values.iter().map(|v| v - mean).collect::<Vec<_>>()
    };
    let (left, right) = (centred(left), centred(right));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    product(&left, &right) / (product(&left, &left) * product(&right, &right)).sqrt()
}

#[test]
fn equal_parameters_give_equal_bars_and_shorter_histories_are_prefixes() {
    for interval in [Interval::Day, Interval::Hour] {
        let market = MarketModel { signal: 0.5, ..market(7, interval) };
        let long = market.simulate(500);
        assert_eq!(long, market.clone().simulate(500));
        assert_eq!(long.bars[..123], market.bars(123)[..]);
        assert_eq!(long.probability_up.len(), 500);
        assert_ne!(long.bars, MarketModel { seed: 8, ..market }.bars(500));
    }
}

#[test]
fn every_regime_gives_valid_bars_without_gaps_or_ties() {
    for interval in [Interval::Day, Interval::Hour] {
        for regime in REGIMES {
            for start_price in [0.000_123_4, 1_800.0, 98_765.432_1] {
                let bars = MarketModel { regime, start_price, ..market(11, interval) }.bars(3_000);
                validate_bars(&bars, interval).unwrap();
                for pair in bars.windows(2) {
                    assert_eq!(pair[1].time, interval.step(pair[0].time, 1));
                    assert_ne!(pair[1].close.to_bits(), pair[0].close.to_bits(), "a tie at {}", pair[1].time);
                }
            }
        }
    }
}

#[test]
fn volatility_clusters_and_returns_have_fat_tails_without_autocorrelation() {
    for (seed, interval) in [(1, Interval::Day), (2, Interval::Day), (3, Interval::Hour), (4, Interval::Hour)] {
        let returns = returns(&market(seed, interval).bars(20_000));
        let sizes: Vec<f64> = returns.iter().map(|r| r.abs()).collect();
        for lag in [1, 5, 20] {
            let clustering = correlation(&sizes[lag..], &sizes[..sizes.len() - lag]);
            assert!(clustering > 0.1, "seed {seed}, lag {lag}: {clustering}");
        }
        let autocorrelation = correlation(&returns[1..], &returns[..returns.len() - 1]);
        assert!(autocorrelation.abs() < 0.05, "seed {seed}: {autocorrelation}");
        let kurtosis = mean(returns.iter().map(|r| r.powi(4))) / mean(returns.iter().map(|r| r * r)).powi(2);
        assert!(kurtosis > 4.0, "seed {seed}: {kurtosis}, a normal distribution has 3");
    }
}

#[test]
fn volume_and_range_follow_volatility() {
    for interval in [Interval::Day, Interval::Hour] {
        let bars = market(5, interval).bars(5_000);
        let sizes: Vec<f64> = returns(&bars).iter().map(|r| r.abs().ln()).collect();
        let volumes: Vec<f64> = bars[1..].iter().map(|b| b.volume.ln()).collect();
        let ranges: Vec<f64> = bars[1..].iter().map(|b| (b.high / b.low).ln().ln()).collect();
        assert!(correlation(&sizes, &volumes) > 0.2);
        assert!(correlation(&sizes, &ranges) > 0.4);
    }
}

#[test]
fn volatility_and_volume_match_the_parameters_at_both_intervals() {
    for (interval, bars_per_day, n) in [(Interval::Day, 1.0, 10_000), (Interval::Hour, 24.0, 150_000)] {
        let bars = market(6, interval).bars(n);
        let daily = root_mean_square(&returns(&bars)) * f64::sqrt(bars_per_day);
        assert!((0.029..0.041).contains(&daily), "{interval}: {daily}");
        let volume = mean(bars.iter().map(|b| b.volume)) * bars_per_day;
        assert!((320_000.0..480_000.0).contains(&volume), "{interval}: {volume}");
    }
}

#[test]
fn bull_markets_rise_and_bear_markets_fall() {
    let drift = |regime| {
        let total: f64 = (0..10)
            .map(|seed| returns(&MarketModel { regime, ..market(seed, Interval::Day) }.bars(200)).iter().sum::<f64>())
            .sum();
        total / 2_000.0
    };
    let (bull, calm, bear) = (drift(Regime::Bull), drift(Regime::Calm), drift(Regime::Bear));
    assert!(bull > 0.0005 && bear < -0.0005 && calm.abs() < 0.0005, "bull {bull}, calm {calm}, bear {bear}");
}

#[test]
fn a_crisis_falls_with_more_volatility_and_volume() {
    for (seed, interval) in [(1, Interval::Day), (2, Interval::Hour), (3, Interval::Hour)] {
        let history = market(seed, interval).bars(1_000);
        let continuation = Continuation { seed: 99, interval, signal: 0.0, regime: Regime::Crisis };
        let crisis: Vec<Bar> =
            continuation.generate(&history).unwrap().take(240).map(|simulated| simulated.bar).collect();
        let joined = [&history[..], &crisis[..]].concat();
        validate_bars(&joined, interval).unwrap();
        assert_eq!(crisis[0].time, interval.step(history[999].time, 1));
        assert_eq!(crisis[0].open.to_bits(), history[999].close.to_bits());

        let before = &history[800..];
        let volatility_ratio = root_mean_square(&returns(&crisis)) / root_mean_square(&returns(before));
        assert!((2.0..8.0).contains(&volatility_ratio), "seed {seed}: {volatility_ratio} times the volatility");
        let volume = |bars: &[Bar]| mean(bars.iter().map(|b| b.volume));
        let volume_ratio = volume(&crisis) / volume(before);
        assert!((2.5..10.0).contains(&volume_ratio), "seed {seed}: {volume_ratio} times the volume");
        assert!(crisis[239].close < 0.8 * history[999].close, "seed {seed}: {}", crisis[239].close);
    }
}

#[test]
fn a_continuation_needs_one_bar_and_no_movement() {
    let continuation = Continuation { seed: 1, interval: Interval::Day, signal: 1.0, regime: Regime::Mixed };
    assert_eq!(continuation.generate(&[]).unwrap_err(), ContinuationError::Empty);
    let constant =
        Bar { open: 5.0, high: 5.0, low: 5.0, close: 5.0, volume: 0.0, ..market(1, Interval::Day).bars(1)[0] };
    let bars: Vec<Bar> = continuation.generate(&[constant]).unwrap().take(100).map(|simulated| simulated.bar).collect();
    validate_bars(&bars, Interval::Day).unwrap();
    assert!(root_mean_square(&returns(&bars)) > 0.005);
}
