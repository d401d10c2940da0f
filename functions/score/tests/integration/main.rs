//! The service as Lambda runs it, on real SDK clients whose responses come from memory.

#![expect(clippy::unwrap_used, reason = "in tests a failed unwrap is the assertion")]

mod cloud;

use aws::keys;
use cloud::Cloud;
use jiff::{SignedDuration, Timestamp};
use lambda_shell::Invocation;
use market_data::{Bar, Interval, Series};
use market_simulator::MarketModel;
use score::{ScoreError, ScoreRequest};
use serde_json::{Value, json};
use std::time::Duration;

/// Number of bars before the first scored day.
const STORED_DAYS: i64 = 700;

fn series() -> Series {
    "eth-usd-1d-h1".parse().unwrap()
}

/// Midnight, `days` after the first bar opens.
fn day(days: i64) -> Timestamp {
    Interval::Day.step("2022-01-01T00:00:00Z".parse().unwrap(), days)
}

fn bars(days: i64) -> Vec<Bar> {
    MarketModel::new(1, Interval::Day, day(0)).bars(usize::try_from(days).unwrap())
}

/// Cloud with a climatology champion and the bars of `days` days.
async fn cloud(days: i64) -> Cloud {
    let cloud = Cloud::default();
    cloud.register_champion(&series(), day(600)).await;
    cloud.store_bars(&series(), &bars(days)).await;
    cloud
}

/// Scores the series five minutes after the last bar of `days` days closed.
async fn score(cloud: &Cloud, days: i64) -> Result<Value, ScoreError> {
    let as_of = day(days) + SignedDuration::from_mins(5);
    let invocation = Invocation::new("request-1", as_of, Duration::from_secs(60));
    let payload = json!({"symbol": "ETH-USD", "interval": "1d", "as_of": as_of.to_string()});
    let request = ScoreRequest::decode(&payload, invocation.now())?;
    let response = cloud.service(vec![series()]).run(&request, &invocation).await?;
    Ok(serde_json::to_value(response).unwrap())
}

#[tokio::test]
async fn a_new_decision_time_gets_forecast_and_report() {
    let cloud = cloud(STORED_DAYS).await;
    let response = score(&cloud, STORED_DAYS).await.unwrap();
    let summary = &response["series"][0];
    assert_eq!((&summary["status"], &summary["forecasts_made"]), (&json!("scored"), &json!(1)), "{response}");
    assert_eq!((&summary["champion"], &summary["alert"]), (&json!(1), &json!("none")), "{response}");

    let forecasts = cloud.items("SERIES#eth-usd-1d-h1", "2");
    assert_eq!(forecasts.len(), 1);
    let forecast = forecasts[0]["forecast"].as_m().unwrap();
    assert_eq!(forecast["target_time"].as_s().unwrap(), &day(STORED_DAYS + 1).to_string());

    let report_key = summary["report"].as_str().unwrap();
    let (latest, page) = (cloud.object(&keys::latest_report(&series())), cloud.object(report_key));
    assert_eq!(cloud.object(&report_key.replace(".html", ".json")), latest);
    let report: Value = serde_json::from_slice(&latest).unwrap();
    assert_eq!(report["forecast"]["probability_up"], summary["latest"]["probability_up"]);
    assert!(String::from_utf8(page).unwrap().contains("Report on eth-usd-1d-h1"));
}

#[tokio::test]
async fn a_repeated_request_changes_nothing() {
    let cloud = cloud(STORED_DAYS).await;
    score(&cloud, STORED_DAYS).await.unwrap();
    let before = cloud.contents();
    let response = score(&cloud, STORED_DAYS).await.unwrap();
    assert_eq!(response["series"][0]["forecasts_made"], 0);
    assert_eq!(cloud.contents(), before);
}

#[tokio::test]
async fn a_forecast_is_settled_the_next_day() {
    let cloud = cloud(STORED_DAYS).await;
    score(&cloud, STORED_DAYS).await.unwrap();
    cloud.store_bars(&series(), &bars(STORED_DAYS + 1)).await;
    let response = score(&cloud, STORED_DAYS + 1).await.unwrap();
    let summary = &response["series"][0];
    assert_eq!((&summary["forecasts_made"], &summary["settled"]), (&json!(1), &json!(1)), "{response}");
    let forecasts = cloud.items("SERIES#eth-usd-1d-h1", "2");
    assert!(forecasts[0].contains_key("outcome") && !forecasts[1].contains_key("outcome"));
}

#[tokio::test]
async fn a_rejected_champion_is_notified_once_without_failure() {
    let cloud = cloud(STORED_DAYS).await;
    cloud.put_object(&keys::model(&series(), 1), b"another model");
    let response = score(&cloud, STORED_DAYS).await.unwrap();
    let summary = &response["series"][0];
    assert_eq!((&summary["status"], &summary["alert"]), (&json!("model_refused"), &json!("sent")), "{response}");
    assert_eq!(cloud.published(), ["Weathervane eth-usd-1d-h1: URGENT, retraining requested: model refused"]);
    assert!(cloud.items("SERIES#eth-usd-1d-h1", "2").is_empty(), "no forecast by a rejected champion");

    let response = score(&cloud, STORED_DAYS).await.unwrap();
    assert_eq!(response["series"][0]["alert"], "repeated");
    assert_eq!(cloud.published().len(), 1);
}

#[tokio::test]
async fn series_without_bars_or_champion_are_skipped() {
    let no_bars = Cloud::default();
    no_bars.register_champion(&series(), day(600)).await;
    let no_champion = Cloud::default();
    no_champion.store_bars(&series(), &bars(STORED_DAYS)).await;
    for (cloud, status) in [(no_bars, "no_bars"), (no_champion, "no_champion")] {
        let before = cloud.contents();
        let response = score(&cloud, STORED_DAYS).await.unwrap();
        assert_eq!(response["series"][0]["status"], status);
        assert_eq!(cloud.contents(), before);
    }
}

#[tokio::test]
async fn a_failed_series_does_not_stop_the_others() {
    let cloud = cloud(STORED_DAYS).await;
    let broken: Series = "eth-usd-1d-h7".parse().unwrap();
    cloud.set_champion_alias(&broken, 1);
    let as_of = day(STORED_DAYS) + SignedDuration::from_mins(5);
    let invocation = Invocation::new("request-1", as_of, Duration::from_secs(60));
    let request = ScoreRequest { symbol: broken.symbol.clone(), interval: Interval::Day, as_of };
    let service = cloud.service(vec![broken.clone(), series()]);
    let error = service.run(&request, &invocation).await.unwrap_err();
    let ScoreError::SeriesFailed { failed: 1, total: 2, series: failed, .. } = &error else { panic!("{error}") };
    assert_eq!(*failed, broken);
    assert_eq!(cloud.items("SERIES#eth-usd-1d-h1", "2").len(), 1, "the other series has its forecast");
}
