//! Kraken: `GET /0/public/OHLC?pair&interval&since`, oldest first, the latest 720 rows only, the open bar as the last
//! one. Errors come with status 200. <https://docs.kraken.com/api-reference/market-data/get-ohlc-data>

use super::send;
use crate::{
    bar_series::BarLimit,
    body::{ErrorBody, ResponseBody, Text},
    fault::Fault,
    market::SimulatedMarket,
    page::{BarRange, Page, TrailingRow},
    source::Source,
    state::SharedState,
};
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use jiff::Timestamp;
use market_data::{Interval, Symbol};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::json;

/// Most rows of one response, the open bar included; older rows cannot be fetched.
const MAX_PAGE_ROWS: usize = 720;

/// Bar lengths that the exchange knows, in minutes.
const INTERVALS: [&str; 9] = ["1", "5", "15", "30", "60", "240", "1440", "10080", "21600"];

/// Cryptocurrencies whose internal name has the prefix `X`.
const PREFIXED_COINS: [&str; 10] = ["ETC", "ETH", "LTC", "MLN", "REP", "XBT", "XLM", "XMR", "XRP", "ZEC"];
/// Currencies whose internal name has the prefix `Z`.
const PREFIXED_FIAT: [&str; 5] = ["CAD", "EUR", "GBP", "JPY", "USD"];

#[derive(Debug, Default, Deserialize)]
struct QueryParameters {
    pair: Option<String>,
    interval: Option<String>,
    since: Option<String>,
}

/// Names of a symbol at the exchange.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    /// Alternative name: `ETHUSD`.
    plain: String,
    /// Internal name: `XETHZUSD`.
    internal: String,
}

#[derive(Serialize)]
struct Envelope<'a, R> {
    error: [&'static str; 0],
    result: PairRows<'a, R>,
}

/// Rows under the pair's internal name, and `last`.
struct PairRows<'a, R> {
    pair: &'a str,
    rows: Vec<R>,
    last: i64,
}

impl<R: Serialize> Serialize for PairRows<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(self.pair, &self.rows)?;
        map.serialize_entry("last", &self.last)?;
        map.end()
    }
}

pub(super) fn routes() -> Router<SharedState> {
    Router::new().route("/0/public/OHLC", get(ohlc))
}

async fn ohlc(State(state): State<SharedState>, Query(parameters): Query<QueryParameters>) -> Response {
    send(&state, Source::Kraken, |market, faults| build_body(market, faults, &parameters)).await
}

fn build_body(
    market: &mut SimulatedMarket,
    faults: &[Fault],
    parameters: &QueryParameters,
) -> Result<ResponseBody, ErrorBody> {
    let invalid = || error_body("EGeneral:Invalid arguments");
    let pair = parameters.pair.as_deref().ok_or_else(invalid)?;
    let has_name = |listed: &Symbol| {
        let Names { plain, internal } = names(listed);
        pair == plain || pair == internal
    };
    let symbol = market.find(has_name).ok_or_else(|| error_body("EQuery:Unknown asset pair"))?;
    let pair = names(&symbol).internal;
    let since = match parameters.since.as_deref() {
        Some(text) => text.parse::<i64>().map_err(|_| invalid())?,
        None => 0,
    };
    let interval = match parameters.interval.as_deref().unwrap_or("1") {
        "60" => Interval::Hour,
        "1440" => Interval::Day,
        // A length that the exchange knows and the market does not have.
        other if INTERVALS.contains(&other) => {
            let result = PairRows::<()> { pair: &pair, rows: Vec::new(), last: since };
            return Ok(ResponseBody::without_bars(&Envelope { error: [], result }));
        }
        _ => return Err(invalid()),
    };
    let now = market.now();
    // Rows after `since`; the open bar is always sent.
    let after = Timestamp::from_second(since.saturating_add(1)).map_err(|_| invalid())?;
    let from = after.min(interval.floor(now));
    let limit = BarLimit::Last(MAX_PAGE_ROWS);
    let range = BarRange { symbol, interval, from, to: Timestamp::MAX, limit, trailing_row: TrailingRow::Open };
    let page = Page::read(market, range, faults)?;
    let committed = page.rows.iter().map(|row| row.time).filter(|time| *time <= interval.last_closed(now));
    let last = committed.max().map_or(since, Timestamp::as_second);
    let rows: Vec<_> = page
        .rows
        .iter()
        .map(|row| {
            let traded = row.volume.is_none_or(|volume| volume > 0.0);
            // Neither the average price nor the number of trades is stored.
            let average = if traded { row.close } else { Some(0.0) };
            let [open, high, low, close, average, volume] =
                [row.open, row.high, row.low, row.close, average, row.volume].map(Text);
            (row.time.as_second(), open, high, low, close, average, volume, u8::from(traded))
        })
        .collect();
    let result = PairRows { pair: &pair, rows, last };
    Ok(ResponseBody::new(&Envelope { error: [], result }, page.provenance))
}

fn names(symbol: &Symbol) -> Names {
    let base = match symbol.base() {
        "BTC" => "XBT",
        "DOGE" => "XDG",
        other => other,
    };
    let quote = symbol.quote();
    let plain = format!("{base}{quote}");
    let prefixed = PREFIXED_COINS.contains(&base) && PREFIXED_FIAT.contains(&quote);
    let internal = if prefixed { format!("X{base}Z{quote}") } else { plain.clone() };
    Names { plain, internal }
}

/// Error with status 200, as all errors of this exchange.
fn error_body(error: &str) -> ErrorBody {
    ErrorBody { status: StatusCode::OK, body: json!({ "error": [error] }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::tests::{fault, market, number, parsed};
    use serde_json::Value;

    fn request(market: &mut SimulatedMarket, pair: &str, interval: &str, since: &str) -> Result<Value, ErrorBody> {
        let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let parameters = QueryParameters { pair: text(pair), interval: text(interval), since: text(since) };
        build_body(market, &[], &parameters).map(|body| parsed(&body))
    }

    fn times(rows: &Value) -> Vec<i64> {
        rows.as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()).collect()
    }

    #[test]
    fn the_latest_720_rows_end_with_the_open_bar() {
        let mut market = market();
        market.set_clock("2023-06-03T10:11:12Z".parse().unwrap()).unwrap();
        let body = request(&mut market, "ETHUSD", "1440", "").unwrap();
        assert_eq!(body["error"], json!([]));
        let times = times(&body["result"]["XETHZUSD"]);
        assert_eq!((times.len(), times[719]), (720, 1_685_750_400));
        assert!(times.is_sorted_by(|a, b| a + 86_400 == *b));
        assert_eq!(body["result"]["last"], times[718], "the last committed one");
    }

    #[test]
    fn prices_are_exact_as_text() {
        let mut market = market();
        let body = request(&mut market, "XETHZUSD", "1440", "1703721600").unwrap();
        let rows = body["result"]["XETHZUSD"].as_array().unwrap();
        let (symbol, from) = ("ETH-USD".parse().unwrap(), "2023-12-29T00:00:00Z".parse().unwrap());
        let bars = market.closed(&symbol, Interval::Day, from, Timestamp::MAX, BarLimit::All).bars;
        assert_eq!((rows.len(), bars.len()), (4, 3), "the open one, too");
        for (row, bar) in rows.iter().zip(&bars) {
            assert_eq!((row.as_array().unwrap().len(), &row[0]), (8, &json!(bar.time.as_second())));
            assert!((1..7_usize).all(|index| row[index].is_string()) && row[7].is_u64(), "{row}");
            let values = [1_usize, 2, 3, 4, 6].map(|index| number(&row[index])).to_vec();
            assert_eq!(values, [bar.open, bar.high, bar.low, bar.close, bar.volume]);
            assert!((bar.low..=bar.high).contains(&number(&row[5])), "the average price lies within the bar");
        }
    }

    #[test]
    fn since_is_exclusive_and_limited_to_720_rows() {
        let mut market = market();
        let mut count = |since: &str| {
            let body = request(&mut market, "ETHUSD", "60", since).unwrap();
            body["result"]["XETHZUSD"].as_array().unwrap().len()
        };
        assert_eq!(count("1704060000"), 2, "2023-12-31T22:00:00Z");
        assert_eq!(count("1704063600"), 1);
        assert_eq!(count("1893456000"), 1, "the open bar is always there");
        assert_eq!(count("1514764800"), 720);
    }

    #[test]
    fn bitcoin_is_xbt_and_newer_coins_have_no_prefix() {
        let names = |symbol: &str| names(&symbol.parse().unwrap());
        let pair = |plain: &str, internal: &str| Names { plain: plain.to_owned(), internal: internal.to_owned() };
        assert_eq!(names("BTC-USD"), pair("XBTUSD", "XXBTZUSD"));
        assert_eq!(names("SOL-USD"), pair("SOLUSD", "SOLUSD"));
        let body = request(&mut market(), "XBTUSD", "1440", "").unwrap();
        assert!(body["result"]["XXBTZUSD"].is_array());
    }

    #[test]
    fn errors_have_status_200() {
        let mut market = market();
        let unknown = Err(error_body("EQuery:Unknown asset pair"));
        assert_eq!(request(&mut market, "NOPEUSD", "1440", ""), unknown);
        assert_eq!(request(&mut market, "ETH-USD", "1440", ""), unknown);
        for (pair, interval, since) in [("", "60", ""), ("ETHUSD", "360", ""), ("ETHUSD", "60", "yesterday")] {
            let error = request(&mut market, pair, interval, since).unwrap_err();
            assert_eq!(
                error,
                ErrorBody { status: StatusCode::OK, body: json!({"error": ["EGeneral:Invalid arguments"]}) }
            );
        }
        assert_eq!(request(&mut market, "ETHUSD", "5", "").unwrap()["result"]["XETHZUSD"], json!([]));
    }

    #[test]
    fn faults_change_the_rows() {
        let mut market = market();
        market.set_clock("2023-06-03T10:00:00Z".parse().unwrap()).unwrap();
        let since = Some("1685145600".to_owned());
        let parameters = QueryParameters { pair: Some("ETHUSD".to_owned()), interval: Some("1440".to_owned()), since };
        let mut rows = |kind: &str| {
            let faults = if kind.is_empty() { Vec::new() } else { fault(kind) };
            parsed(&build_body(&mut market, &faults, &parameters).unwrap())["result"]["XETHZUSD"].clone()
        };
        let correct = rows("");
        assert_eq!((times(&correct).len(), times(&correct)[6]), (7, 1_685_750_400));
        assert_eq!(rows("unfinished"), correct, "it is always so");
        assert_eq!(times(&rows("off_grid"))[6], 1_685_786_400);
        assert_eq!(times(&rows("stale")).last(), Some(&1_685_577_600));
        assert_eq!(times(&rows("missing")).len(), 6);
        assert_eq!(rows("empty"), json!([]));
        assert_eq!((&rows("nulls")[0][1], &rows("nulls")[5][2]), (&Value::Null, &Value::Null));
        let ratio = number(&rows("swapped_volume")[0][6]) / number(&correct[0][6]);
        assert!((ratio / number(&correct[0][4]) - 1.0).abs() < 1e-9, "{ratio}");
    }
}
