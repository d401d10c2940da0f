//! Captured responses of the real sources, stored outside of the repository. Without that directory nothing is tested.

use crate::world::{World, policy};
use exchange_simulator::FaultKind;
use exchanges::{
    AllSourcesFailed, BarRequest, SourceBatch,
    SourceName::{self, Binance, Coinbase, Kraken, Yahoo},
};
use market_data::{Bar, Interval};
use std::path::Path;

/// Fetches a captured response with this status; `None` without the capture.
async fn fetch(
    name: SourceName,
    status: u16,
    capture: &str,
    request: &BarRequest,
) -> Option<Result<SourceBatch, AllSourcesFailed>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures").join(capture);
    let body = std::fs::read(path).ok()?;
    let world = World::new(&[name], request, policy(0)).await;
    world.set_fault(name, FaultKind::response(status, body));
    Some(world.fetch(request).await.map(|mut result| result.batches.remove(0)))
}

fn request(interval: Interval, from: &str, to: &str, as_of: &str) -> BarRequest {
    let [from, to, as_of] = [from, to, as_of].map(|time| time.parse().unwrap());
    BarRequest { symbol: "ETH-USD".parse().unwrap(), interval, from, to, as_of, wall_clock: as_of }
}

#[tokio::test]
async fn coinbase_days_are_newest_first() {
    let days = request(Interval::Day, "2026-08-01T00:00:00Z", "2026-08-10T00:00:00Z", "2026-08-10T12:00:00Z");
    let Some(result) = fetch(Coinbase, 200, "coinbase_candles_btc_usd_1d.json", &days).await else { return };
    let bars = result.unwrap().bars;
    assert_eq!(bars.len(), 9, "the tenth is unfinished");
    let time = "2026-08-01T00:00:00Z".parse().unwrap();
    let (open, high, low, close, volume) = (62_826.69, 63_093.0, 62_209.81, 62_764.2, 3_060.554_042_41);
    assert_eq!(bars[0], Bar { time, open, high, low, close, volume });
}

#[tokio::test]
async fn kraken_days_end_with_the_open_bar() {
    let days = request(Interval::Day, "2026-08-08T00:00:00Z", "2026-08-17T00:00:00Z", "2026-08-17T12:00:00Z");
    let Some(result) = fetch(Kraken, 200, "kraken_ohlc_xbtusd_1d.json", &days).await else { return };
    let bars = result.unwrap().bars;
    assert_eq!(bars.len(), 9, "the tenth is unfinished");
    let time = "2026-08-08T00:00:00Z".parse().unwrap();
    let (open, high, low, close, volume) = (64_886.2, 65_141.9, 64_800.0, 64_901.1, 408.983_798_09);
    assert_eq!(bars[0], Bar { time, open, high, low, close, volume });
}

#[tokio::test]
async fn binance_volumes_are_strings() {
    let days = request(Interval::Day, "2026-07-21T00:00:00Z", "2026-07-25T00:00:00Z", "2026-07-25T12:00:00Z");
    let Some(result) = fetch(Binance, 200, "binance_klines_ethusdt_1d.json", &days).await else { return };
    let batch = result.unwrap();
    assert_eq!(batch.bars.len(), 4, "the fifth is unfinished");
    let time = "2026-07-21T00:00:00Z".parse().unwrap();
    let (open, high, low, close, volume) = (1_904.77, 1_953.0, 1_900.74, 1_930.09, 326_965.677_9);
    assert_eq!(batch.bars[0], Bar { time, open, high, low, close, volume });
}

#[tokio::test]
async fn yahoo_series_end_with_a_live_row() {
    let days = request(Interval::Day, "2020-01-01T00:00:00Z", "2020-01-04T00:00:00Z", "2020-01-04T00:00:00Z");
    let Some(result) = fetch(Yahoo, 200, "yahoo_chart_btc_usd_1d.json", &days).await else { return };
    let bars = result.unwrap().bars;
    let time = "2020-01-03T00:00:00Z".parse().unwrap();
    let (open, high, low) = (6_984.428_710_937_5, 7_413.715_332_031_25, 6_914.996_093_75);
    let close = 7_344.884_277_343_75;
    assert_eq!(bars.len(), 3);
    assert_eq!(bars[2], Bar { time, open, high, low, close, volume: 28_111_481_032.0 / close });

    let hours = request(Interval::Hour, "2023-05-08T00:00:00Z", "2023-05-08T01:00:00Z", "2023-05-08T01:23:05Z");
    let capture = "yahoo_chart_eth_usd_1h_no_adjclose_offgrid_last_bar.json";
    let bars = fetch(Yahoo, 200, capture, &hours).await.unwrap().unwrap().bars;
    assert_eq!(bars.iter().map(|bar| bar.time.to_string()).collect::<Vec<_>>(), ["2023-05-08T00:00:00Z"]);
}

#[tokio::test]
async fn invalid_responses_are_reported_with_their_reason() {
    let days = request(Interval::Day, "2020-08-31T00:00:00Z", "2020-11-07T00:00:00Z", "2020-11-07T00:00:00Z");
    for (status, capture, reason) in [
        (200, "yahoo_consent_page.html", "a web page instead of JSON: Yahoo is part of the Yahoo family of brands"),
        (400, "yahoo_error_400_no_data_for_range.json", "no closed bar in the range"),
        (404, "yahoo_error_404_symbol_delisted.json", "No data found, symbol may be delisted"),
        (200, "yahoo_error_404_symbol_delisted.json", "refused: Not Found: No data found"),
        (422, "yahoo_error_422_range_too_old_1h.json", "must be within the last 730 days"),
        (429, "yahoo_error_429.txt", "HTTP 429: Too Many Requests"),
        (200, "yahoo_chart_aapl_1d_with_events.json", "no 1d bar opens then"),
    ] {
        let Some(result) = fetch(Yahoo, status, capture, &days).await else { return };
        let error = result.unwrap_err().to_string();
        assert!(error.contains(reason), "{capture}: {error}");
    }
}
