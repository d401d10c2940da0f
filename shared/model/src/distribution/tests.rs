use super::*;
use contracts::distribution::{LEVEL_COUNT, LEVELS, Quantiles};
use jiff::Timestamp;
use market_data::{Bar, Interval, Series};

/// Bars with an even spread of moves of up to 5 %.
fn bars(interval: Interval, count: usize) -> Vec<Bar> {
    let mut close = 1_000.0_f64;
    (0..i64::try_from(count).unwrap())
        .map(|index| {
            let open = close;
            let step = f64::from(i32::try_from(index * 7_919 % 1_009).unwrap()) / 10_090.0 - 0.05;
            close *= step.exp();
            let time = Timestamp::from_second(1_500_000_000 / 86_400 * 86_400 + index * interval.seconds()).unwrap();
            Bar { time, open, high: open.max(close) * 1.01, low: open.min(close) * 0.99, close, volume: 1.0 }
        })
        .collect()
}

fn model(series: &Series) -> DistributionModel {
    let residuals = Quantiles::new(LEVELS.map(|level| 4.0 * (level - 0.5))).unwrap();
    let width = input_names(series).len();
    let garch = Garch { long_run: 0.001, alpha: 0.08, gamma: 0.03, beta: 0.88 };
    let slopes = (0..width).map(|index| 0.4 / (f64::from(u8::try_from(index).unwrap()) + 1.0)).collect();
    let scales = [
        Scale::Range { intercept: -3.5, means: vec![-3.0; width], slopes },
        Scale::Garch { garch, log_factor: -0.2 },
        Scale::Ewma { decay: 0.94, log_factor: -0.1 },
        Scale::Constant {},
    ];
    let member = |(scale, weight): (Scale, f64)| DistributionMember {
        weights: [weight; LEVEL_COUNT],
        scale,
        mean_log_scale: -3.4,
        log_scale_range: [-6.0, -1.0],
        residuals,
    };
    let members = scales.into_iter().zip([0.5, 0.25, 0.15, 0.1]).map(member).collect();
    DistributionModel::new(series, members)
}

fn all_series() -> [Series; 4] {
    ["eth-usd-1d-h1", "eth-usd-1d-h7", "eth-usd-1h-h1", "eth-usd-1h-h24"].map(|slug| slug.parse().unwrap())
}

/// predict and score forecast from a window, backtests from all history.
#[test]
fn a_window_gives_the_bits_of_all_history() {
    for series in all_series() {
        let (all, model) = (bars(series.interval, 1_100), model(&series));
        let expected = model.quantiles(&series, &all, 1_000..1_100);
        for (offset, bar) in (1_000..1_100).enumerate().step_by(33) {
            let start = bar + 1 - DISTRIBUTION_WINDOW_BARS - series.horizon as usize;
            let window = &all[start..=bar];
            let found = model.quantiles(&series, window, window.len() - 1..window.len());
            assert_eq!(found[0], expected[offset], "{series} {bar}");
            assert!(found[0].is_some());
        }
    }
}

#[test]
fn no_quantile_looks_ahead() {
    for series in all_series() {
        let (all, model) = (bars(series.interval, 900), model(&series));
        let mut changed = all.clone();
        for bar in &mut changed[851..] {
            (bar.high, bar.close) = (bar.high * 3.0, bar.close * 2.0);
        }
        let before = model.quantiles(&series, &all, 800..851);
        assert_eq!(model.quantiles(&series, &changed, 800..851), before, "{series}");
        assert_eq!(model.quantiles(&series, &all[..851], 800..851), before, "{series}: without the future");
        assert_ne!(model.quantiles(&series, &changed, 851..852), model.quantiles(&series, &all, 851..852));
    }
}

#[test]
fn bars_with_inputs_have_forecasts_even_after_a_gap() {
    let series: Series = "eth-usd-1h-h24".parse().unwrap();
    let (mut all, model) = (bars(Interval::Hour, 700), model(&series));
    all.drain(500..510);
    let found = model.quantiles(&series, &all, 0..690);
    assert!(found[600].is_some(), "after a gap");
    assert_eq!(found[60], None, "only the constant scale is known");
    assert!(found[130].is_some() && found[180].is_some(), "some members are known");
    assert_eq!(model.quantiles(&series, &all, 690..700), [], "no bars, no forecasts");
}

#[test]
fn a_huge_bar_widens_the_band_only_temporarily() {
    let series: Series = "eth-usd-1d-h1".parse().unwrap();
    let (mut all, model) = (bars(Interval::Day, 800), model(&series));
    let width = |bars: &[Bar], bar: usize| {
        let quantiles = model.quantiles(&series, bars, bar..bar + 1).pop().unwrap().unwrap();
        let [low, high] = quantiles.band(0.8);
        high - low
    };
    let calm = width(&all, 600);
    all[600].high *= 10.0;
    for bar in &mut all[600..] {
        bar.close *= 10.0;
        bar.high = bar.high.max(bar.close * 1.01);
    }
    all[600].open = all[599].close;
    let shocked = width(&all, 600);
    assert!(shocked.is_finite() && shocked > 1.3 * calm, "{shocked} after {calm}");
    assert!(width(&all, 740) < 0.8 * shocked);
}

#[test]
fn the_factor_keeps_the_band_at_its_coverage() {
    // A band that is half as wide as it should be holds too little until the factor has doubled it.
    let reaches: Vec<f64> = (0..400).map(|i| (f64::from(i * 37 % 400) / 400.0 * 2.0).ln()).collect();
    let factor = |reaches: &[f64], step: f64| adaptation_factors(reaches, &[reaches.len()], step)[0];
    let adapted = factor(&reaches[..365], 0.02);
    assert!((adapted - 1.6).abs() < 0.25, "{adapted}");
    assert!((factor(&[], 0.02) - 1.0).abs() < 1e-15);
    assert!((factor(&[f64::NAN; 300], 0.02) - 1.0).abs() < 1e-15, "gaps change nothing");
    let wide = factor(&vec![f64::INFINITY; 365], 0.5);
    assert!(wide.is_finite() && wide <= 2.1, "{wide}");
    assert!(log_reach(0.0, [0.0, 0.0]) < -1e300 && log_reach(0.1, [0.0, 0.0]) > 1e300);
    let half = log_reach(-0.05, [-0.1, 0.2]).exp();
    assert!((half - 0.5).abs() < 1e-12 && (log_reach(0.4, [-0.1, 0.2]).exp() - 2.0).abs() < 1e-12);
    let settled: Vec<usize> = (0..=400).collect();
    let one_by_one: Vec<f64> = settled.iter().map(|end| factor(&reaches[..*end], 0.02)).collect();
    assert_eq!(adaptation_factors(&reaches, &settled, 0.02), one_by_one);
}

#[test]
fn width_factors_multiply_to_the_width() {
    for series in all_series() {
        let (all, mut model) = (bars(series.interval, 800), model(&series));
        model.members.truncate(1);
        model.members[0].weights = [1.0; LEVEL_COUNT];
        model.members[0].mean_log_scale = -3.5;
        let factors = model.explain(&series, &all).unwrap();
        let product: f64 = factors.iter().map(|factor| factor.factor).product();
        let quantiles = model.quantiles(&series, &all, 799..800).pop().unwrap().unwrap();
        let average = model.members[0].residuals.values()[20] * (-3.5_f64).exp();
        assert!((quantiles.values()[20] / average / product - 1.0).abs() < 1e-9, "{series}: {factors:?}");
        assert!(factors.len() >= 6 && factors[0].factor.ln().abs() >= factors[1].factor.ln().abs());
    }
}

#[test]
fn invalid_models_are_rejected() {
    let series: Series = "eth-usd-1d-h1".parse().unwrap();
    let valid = model(&series);
    assert!(valid.validate(&series).is_ok());
    let rejected = |change: &dyn Fn(&mut DistributionModel)| {
        let mut changed = valid.clone();
        change(&mut changed);
        changed.validate(&series).is_err()
    };
    assert!(rejected(&|model| model.members.clear()));
    assert!(rejected(&|model| model.adaptation_step = f64::NAN));
    assert!(rejected(&|model| model.members[0].weights[3] = 0.7));
    assert!(rejected(&|model| model.members[0].log_scale_range = [1.0, 0.0]));
    assert!(rejected(&|model| model.members[0].mean_log_scale = f64::INFINITY));
    assert!(rejected(&|model| model.members[2].scale = Scale::Ewma { decay: 1.0, log_factor: 0.0 }));
    assert!(rejected(&|model| {
        let garch = Garch { long_run: 0.001, alpha: 0.5, gamma: 0.4, beta: 0.5 };
        model.members[1].scale = Scale::Garch { garch, log_factor: 0.0 };
    }));
    assert!(rejected(&|model| {
        model.members[0].scale = Scale::Range { intercept: 0.0, means: vec![0.0; 3], slopes: vec![0.0; 3] };
    }));
    assert!(valid.validate(&"eth-usd-1h-h1".parse().unwrap()).is_err(), "another number of inputs");
}
