//! Forecasts with complete and with missing data.

use crate::support::{
    NOW, artifact, ask, bars, body_of, champion, get_forecast, healthy_context, now, record, series, window,
};
use contracts::{
    Warning, WarningCode,
    forecast::{Direction, Edge, EdgeVerdict, Forecast},
};
use features::{WARM_UP_BARS, WINDOW_BARS, baselines::LabelCounts, feature_names, latest_feature_row};
use lambda_http::http::Method;
use market_data::{
    Bar, Interval,
    quality::{DoubtfulBar, Flags, QualityRule},
};
use model::{Artifact, Calibration, Family, Logistic, Member, Model};
use predict::{
    bars::MIN_BARS,
    baseline::{Baseline, StoredBaseline},
    champion::ServingModel,
    serving_context::ServingContext,
};
use serde_json::json;

/// Model with a shown edge that depends on the one-bar return only.
pub(crate) fn with_edge() -> ServingModel {
    let width = feature_names().len();
    let mut weights = vec![0.0; width];
    weights[0] = 2.0;
    let logistic = Logistic { means: vec![0.0; width], scales: vec![1.0; width], weights, intercept: 0.3 };
    let artifact = Artifact {
        members: vec![Member { family: Family::Logistic, weight: 1.0, model: Model::Logistic(logistic) }],
        edge: Edge::from_skill(0.04, [0.01, 0.07], 730),
        band_half_width: 0.05,
        calibration: Calibration::IDENTITY,
        shrinkage: 1.0,
        ..artifact()
    };
    ServingModel::from_verified_bytes(record(4, &artifact), Some(&artifact.to_bytes().unwrap())).unwrap()
}

#[test]
fn the_current_forecast_uses_window_and_champion() {
    let context = ServingContext { champion: Some(with_edge()), ..healthy_context() };
    let forecast = get_forecast(&context);
    let row = latest_feature_row(&bars(WINDOW_BARS), series()[0].interval).unwrap();
    let expected = 1.0 / (1.0 + (-(0.3 + 2.0 * row.values[0])).exp());
    assert!((forecast.probability_up - expected).abs() < 1e-9, "{} {expected}", forecast.probability_up);
    assert_eq!(forecast.direction, Direction::Up);
    assert_eq!(forecast.edge.verdict, EdgeVerdict::Shown);
    assert!((forecast.baseline_probability - 0.53).abs() < 1e-12);
    assert!((forecast.interval[1] - forecast.interval[0] - 0.1).abs() < 1e-9);
    assert_eq!(forecast.decision_time.to_string(), "2023-11-05T00:00:00Z");
    assert_eq!(forecast.target_time.to_string(), "2023-11-06T00:00:00Z");
    assert_eq!(forecast.expires_at.to_string(), "2023-11-06T00:00:00Z");
    assert_eq!((forecast.model.version, forecast.model.sha256.as_ref().map(String::len)), (4, Some(64)));
    assert_eq!((forecast.data.age_seconds, forecast.data.source.as_str()), (3_600, "coinbase"));
    assert_eq!(forecast.warnings, []);
}

#[test]
fn without_evidence_the_direction_is_abstain() {
    let forecast = get_forecast(&healthy_context());
    assert_eq!(forecast.direction, Direction::Abstain);
    assert!((forecast.probability_up - 0.53).abs() < 1e-12);
}

#[test]
fn equal_bars_of_caller_and_window_have_equal_forecasts() {
    let context = ServingContext { champion: Some(with_edge()), ..healthy_context() };
    let from_window = get_forecast(&context);
    for path in ["/v1/series/eth-usd-1d-h1/forecast", "/predict"] {
        let body = body_of(&bars(WINDOW_BARS)).to_string();
        let answer = ask(&Method::POST, path, body.as_bytes(), &context);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let forecast: Forecast = serde_json::from_value(answer.body).unwrap();
        assert_eq!(forecast.data.source, "caller");
        let data = from_window.data.clone();
        assert_eq!(Forecast { data, ..forecast }, from_window);
    }
}

#[test]
fn predict_without_bars_returns_the_current_forecast() {
    for body in ["", " \n", "{}"] {
        let answer = ask(&Method::POST, "/predict", body.as_bytes(), &healthy_context());
        assert_eq!(answer.status, 200, "{body:?}: {}", answer.body);
        assert_eq!(answer.body["series"], "eth-usd-1d-h1");
        assert_eq!(answer.body["data"]["source"], "coinbase");
    }
}

fn codes(forecast: &Forecast) -> Vec<WarningCode> {
    forecast.warnings.iter().map(|warning| warning.code).collect()
}

#[test]
fn few_stale_or_simulated_bars_have_a_warning() {
    let short = body_of(&bars(MIN_BARS)).to_string();
    let answer = ask(&Method::POST, "/predict", short.as_bytes(), &healthy_context());
    assert_eq!(answer.body["warnings"][0]["code"], "few_bars");
    let warning = answer.body["warnings"][0]["message"].as_str().unwrap();
    assert!(warning.starts_with(&format!("few bars: {MIN_BARS}; with {WINDOW_BARS} the indicators")), "{warning}");

    let simulated = ServingContext { window: Some(window(WINDOW_BARS, "coinbase (simulated)")), ..healthy_context() };
    assert_eq!(get_forecast(&simulated).warnings, [Warning::simulated()]);

    let mut old = bars(WINDOW_BARS + 3);
    old.truncate(WINDOW_BARS);
    let mut stale = (*window(WINDOW_BARS, "coinbase")).clone();
    stale.bars = old;
    let stale = ServingContext { window: Some(stale.into()), ..healthy_context() };
    let message = "stale data: the last bar closed at 2023-11-02T00:00:00Z";
    assert_eq!(codes(&get_forecast(&stale)), [WarningCode::Expired, WarningCode::StaleData]);
    assert!(get_forecast(&stale).warnings.contains(&Warning::new(WarningCode::StaleData, message)));
}

/// Regression test: quotes in a stablecoin and a false high entered the features without a warning.
#[test]
fn proxy_and_disputed_bars_have_a_warning_while_features_use_them() {
    let mut doubtful = (*window(WINDOW_BARS, "coinbase")).clone();
    let bar = |back: usize, rule| {
        let time = doubtful.bars[WINDOW_BARS - 1 - back].time;
        DoubtfulBar { time, rules: Flags::NONE.with(rule) }
    };
    doubtful.doubtful = vec![
        bar(WARM_UP_BARS + 1, QualityRule::Proxy),
        bar(WARM_UP_BARS, QualityRule::Proxy),
        bar(3, QualityRule::ExtremesDisagree),
    ];
    let context = ServingContext { window: Some(doubtful.into()), ..healthy_context() };
    let forecast = get_forecast(&context);
    assert_eq!(codes(&forecast), [WarningCode::ProxyBars, WarningCode::DisputedBars]);
    assert!(forecast.warnings.iter().all(|warning| warning.message.starts_with("1 of the 121 bars that the features")));
}

#[test]
fn replayed_history_has_its_own_now() {
    let mut then = (*window(WINDOW_BARS, "coinbase (stored)")).clone();
    // By the clock, three years of bars have closed since.
    let last = then.bars.last().unwrap().time;
    let shift = |bar: &mut Bar| bar.time = Interval::Day.step(bar.time, -1_100);
    then.bars.iter_mut().for_each(shift);
    then.updated_at = Interval::Day.step(last, -1_099).checked_add(jiff::SignedDuration::from_mins(5)).unwrap();
    then.replayed = true;
    let replayed = ServingContext { window: Some(then.clone().into()), ..healthy_context() };
    let forecast = get_forecast(&replayed);
    assert_eq!((codes(&forecast), forecast.data.age_seconds), (vec![WarningCode::ReplayedData], 300));
    then.source = "coinbase".to_owned();
    let live = ServingContext { window: Some(then.into()), ..healthy_context() };
    assert_eq!(codes(&get_forecast(&live)), [WarningCode::Expired, WarningCode::StaleData]);
}

#[test]
fn an_outlier_among_the_newest_bars_is_named() {
    let mut odd = (*window(WINDOW_BARS, "coinbase")).clone();
    let place = odd.bars.len() - 2;
    odd.bars[place].volume = 0.0;
    odd.bars[place - 5].volume = 0.0;
    let time = odd.bars[place].time;
    let forecast = get_forecast(&ServingContext { window: Some(odd.into()), ..healthy_context() });
    let message = format!("outliers among the last 3 bars: {time} (zero_volume)");
    assert_eq!(forecast.warnings, [Warning::new(WarningCode::Outliers, message)]);
}

#[test]
fn a_window_with_a_recent_gap_has_the_base_rate() {
    let mut gappy = (*window(WINDOW_BARS + 1, "coinbase")).clone();
    gappy.bars.remove(WINDOW_BARS - 20);
    let context = ServingContext { champion: Some(with_edge()), window: Some(gappy.into()), ..healthy_context() };
    let forecast = get_forecast(&context);
    assert!((forecast.probability_up - 0.53).abs() < 1e-12);
    assert_eq!(forecast.direction, Direction::Abstain, "an edge without features is none");
    let message = "too few bars in a row for the features: the forecast is the base rate";
    assert_eq!(forecast.warnings, [Warning::new(WarningCode::NoFeatures, message)]);
}

#[test]
fn without_a_window_the_base_rate_forecasts_the_open_bar() {
    let forecast = get_forecast(&ServingContext { champion: Some(champion()), ..ServingContext::default() });
    assert!((forecast.probability_up - 0.53).abs() < 1e-12);
    assert_eq!(forecast.decision_time.to_string(), "2023-11-05T00:00:00Z");
    assert_eq!(forecast.data.source, "none");
    assert_eq!(forecast.data.last_bar.to_string(), "2023-04-30T00:00:00Z");
    assert!(forecast.warnings[0].message.contains("no current bars"), "{:?}", forecast.warnings);
}

#[test]
fn without_a_model_the_base_rate_of_the_window_is_used() {
    let forecast =
        get_forecast(&ServingContext { window: Some(window(WINDOW_BARS, "coinbase")), ..ServingContext::default() });
    assert!((0.3..0.7).contains(&forecast.probability_up));
    assert_eq!((forecast.model.version, forecast.direction), (0, Direction::Abstain));
    assert_eq!(forecast.model.sha256, None);
    assert!(forecast.warnings[0].message.contains("no model serves"), "{:?}", forecast.warnings);
}

/// Regression test: 121 rising hourly bars have 97 labels, about four of them independent. The forecast was nearly certain and
/// its interval had no width.
#[test]
fn few_bars_without_a_model_have_a_wide_interval() {
    let last = Interval::Hour.last_closed(now());
    let rising: Vec<Bar> = (0..121)
        .map(|hour| {
            let close = 1_800.0 + f64::from(hour) + f64::from(hour % 3) / 10.0;
            let time = Interval::Hour.step(last, i64::from(hour) - 120);
            let (open, volume) = (close - 0.5, 1_000.0 + f64::from(hour * 7_919 % 41));
            Bar { time, open, high: close * 1.002, low: open * 0.998, close, volume }
        })
        .collect();
    let path = "/v1/series/eth-usd-1h-h24/forecast";
    let answer = ask(&Method::POST, path, body_of(&rising).to_string().as_bytes(), &ServingContext::default());
    assert_eq!(answer.status, 200, "{}", answer.body);
    let [probability, lo, hi] =
        [&answer.body["probability_up"], &answer.body["interval"][0], &answer.body["interval"][1]]
            .map(|value| value.as_f64().unwrap());
    assert!(probability < 0.55 && lo < 0.45 && hi > 0.6, "{}", answer.body);
    assert!(answer.body["model"].get("sha256").is_none());
}

#[test]
fn the_baseline_is_climatology_at_the_decision_time() {
    let counts = LabelCounts { ups: 1_300, labels: 2_000 };
    let series = &series()[0];
    let stored = StoredBaseline {
        decision_time: "2023-11-04T00:00:00Z".parse().unwrap(),
        probability: counts.base_rate(1),
        labels: Some(counts),
        distribution: None,
    };
    let at = |stored| ServingContext { baseline: Baseline::Stored(stored), ..healthy_context() };
    let same = StoredBaseline { decision_time: "2023-11-05T00:00:00Z".parse().unwrap(), ..stored };
    assert!((get_forecast(&at(same)).baseline_probability - counts.base_rate(1)).abs() < 1e-15);

    // One more label: that of the bar that closed when the stored forecast was made.
    let mut more = counts;
    let made = bars(WINDOW_BARS);
    let [.., before, last] = &made[..] else { panic!("too few bars") };
    more.add(last.close > before.close);
    assert!((get_forecast(&at(stored)).baseline_probability - more.base_rate(series.horizon)).abs() < 1e-15);

    let unread = get_forecast(&ServingContext { baseline: Baseline::Unread, ..healthy_context() });
    assert_eq!(codes(&unread), [WarningCode::BaselineUnavailable]);
}

#[test]
fn without_model_and_window_it_is_503() {
    let answer = ask(&Method::GET, "/v1/series/eth-usd-1d-h1/forecast", b"", &ServingContext::default());
    assert_eq!((answer.status, answer.content_type.as_str()), (503, "application/problem+json"), "at {NOW}");
    assert_eq!(answer.body["type"], json!("urn:weathervane:problem:no-data"));
}
