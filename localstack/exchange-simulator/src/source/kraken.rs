//! Kraken: `GET /0/public/OHLC?pair&interval&since`, oldest first, the latest 720 rows only, the open bar as the last
//! one. Errors come with status 200. <https://docs.kraken.com/api-reference/market-data/get-ohlc-data>

use super::{Answer, Refusal, Source, Text};
use crate::{
    fault::Fault,
    market::SimulatedMarket,
    page::{Page, Request, TrailingRow},
    server::Server,
    tape::BarLimit,
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

/// Rows in one answer, the open bar among them; there is no way to older ones.
const ROWS: usize = 720;

/// Lengths of a bar that the exchange knows, in minutes.
const INTERVALS: [&str; 9] = ["1", "5", "15", "30", "60", "240", "1440", "10080", "21600"];

/// Currencies that are older than the exchange's plain names.
const PREFIXED_COINS: [&str; 10] = ["ETC", "ETH", "LTC", "MLN", "REP", "XBT", "XLM", "XMR", "XRP", "ZEC"];
const PREFIXED_MONEY: [&str; 5] = ["CAD", "EUR", "GBP", "JPY", "USD"];

#[derive(Debug, Default, Deserialize)]
struct Parameters {
    pair: Option<String>,
    interval: Option<String>,
    since: Option<String>,
}

/// What the exchange calls a symbol.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    /// For people: `ETHUSD`.
    plain: String,
    /// Its own: `XETHZUSD`.
    internal: String,
}

#[derive(Serialize)]
struct Envelope<'a, R> {
    error: [&'static str; 0],
    result: Outcome<'a, R>,
}

/// The rows under the pair's internal name, beside `last`.
struct Outcome<'a, R> {
    pair: &'a str,
    rows: Vec<R>,
    last: i64,
}

impl<R: Serialize> Serialize for Outcome<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(self.pair, &self.rows)?;
        map.serialize_entry("last", &self.last)?;
        map.end()
    }
}

pub(super) fn routes() -> Router<Server> {
    Router::new().route("/0/public/OHLC", get(ohlc))
}

async fn ohlc(State(server): State<Server>, Query(parameters): Query<Parameters>) -> Response {
    super::send(&server, Source::Kraken, |market, faults| answer(market, faults, &parameters)).await
}

fn answer(market: &mut SimulatedMarket, faults: &[Fault], parameters: &Parameters) -> Result<Answer, Refusal> {
    let invalid = || refusal("EGeneral:Invalid arguments");
    let pair = parameters.pair.as_deref().ok_or_else(invalid)?;
    let is_called = |listed: &Symbol| {
        let Names { plain, internal } = names(listed);
        pair == plain || pair == internal
    };
    let symbol = market.find(is_called).ok_or_else(|| refusal("EQuery:Unknown asset pair"))?;
    let pair = names(&symbol).internal;
    let since = match parameters.since.as_deref() {
        Some(text) => text.parse::<i64>().map_err(|_| invalid())?,
        None => 0,
    };
    let interval = match parameters.interval.as_deref().unwrap_or("1") {
        "60" => Interval::Hour,
        "1440" => Interval::Day,
        // Known to the exchange, but nothing is stored: no bars.
        other if INTERVALS.contains(&other) => {
            let result = Outcome::<()> { pair: &pair, rows: Vec::new(), last: since };
            return Ok(Answer::new(&Envelope { error: [], result }, false));
        }
        _ => return Err(invalid()),
    };
    let now = market.now();
    // Rows after `since`; the open bar comes whatever it says.
    let after = Timestamp::from_second(since.saturating_add(1)).map_err(|_| invalid())?;
    let from = after.min(interval.floor(now));
    let limit = BarLimit::Last(ROWS);
    let request = Request { symbol, interval, from, to: Timestamp::MAX, limit, last: TrailingRow::Open };
    let page = Page::of(market, request, faults);
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
    let result = Outcome { pair: &pair, rows, last };
    Ok(Answer::new(&Envelope { error: [], result }, page.simulated))
}

fn names(symbol: &Symbol) -> Names {
    let base = match symbol.base() {
        "BTC" => "XBT",
        "DOGE" => "XDG",
        other => other,
    };
    let quote = symbol.quote();
    let plain = format!("{base}{quote}");
    let prefixed = PREFIXED_COINS.contains(&base) && PREFIXED_MONEY.contains(&quote);
    let internal = if prefixed { format!("X{base}Z{quote}") } else { plain.clone() };
    Names { plain, internal }
}

/// Whatever is wrong, the status is 200.
fn refusal(error: &str) -> Refusal {
    Refusal { status: StatusCode::OK, body: json!({ "error": [error] }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::{fault, market, number, parsed};
    use serde_json::Value;

    fn ask(market: &mut SimulatedMarket, pair: &str, interval: &str, since: &str) -> Result<Value, Refusal> {
        let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let parameters = Parameters { pair: text(pair), interval: text(interval), since: text(since) };
        answer(market, &[], &parameters).map(|answer| parsed(&answer))
    }

    fn times(rows: &Value) -> Vec<i64> {
        rows.as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()).collect()
    }

    #[test]
    fn the_latest_720_rows_come_oldest_first_and_the_last_one_is_open() {
        let mut market = market();
        market.set_clock("2023-06-03T10:11:12Z".parse().unwrap()).unwrap();
        let answer = ask(&mut market, "ETHUSD", "1440", "").unwrap();
        assert_eq!(answer["error"], json!([]));
        let times = times(&answer["result"]["XETHZUSD"]);
        assert_eq!((times.len(), times[719]), (720, 1_685_750_400));
        assert!(times.is_sorted_by(|a, b| a + 86_400 == *b));
        assert_eq!(answer["result"]["last"], times[718], "the last committed one");
    }

    #[test]
    fn prices_are_texts_that_read_back_as_they_were() {
        let mut market = market();
        let answer = ask(&mut market, "XETHZUSD", "1440", "1703721600").unwrap();
        let rows = answer["result"]["XETHZUSD"].as_array().unwrap();
        let (symbol, from) = ("ETH-USD".parse().unwrap(), "2023-12-29T00:00:00Z".parse().unwrap());
        let bars = market.closed(&symbol, Interval::Day, from, Timestamp::MAX, BarLimit::All).bars;
        assert_eq!((rows.len(), bars.len()), (4, 3), "the open one, too");
        for (row, bar) in rows.iter().zip(&bars) {
            assert_eq!((row.as_array().unwrap().len(), &row[0]), (8, &json!(bar.time.as_second())));
            assert!((1..7_usize).all(|place| row[place].is_string()) && row[7].is_u64(), "{row}");
            let values = [1_usize, 2, 3, 4, 6].map(|place| number(&row[place])).to_vec();
            assert_eq!(values, [bar.open, bar.high, bar.low, bar.close, bar.volume]);
            assert!((bar.low..=bar.high).contains(&number(&row[5])), "the average price lies within the bar");
        }
    }

    #[test]
    fn since_is_exclusive_and_cannot_reach_further_back_than_720_rows() {
        let mut market = market();
        let mut count = |since: &str| {
            let answer = ask(&mut market, "ETHUSD", "60", since).unwrap();
            answer["result"]["XETHZUSD"].as_array().unwrap().len()
        };
        assert_eq!(count("1704060000"), 2, "2023-12-31T22:00:00Z");
        assert_eq!(count("1704063600"), 1);
        assert_eq!(count("1893456000"), 1, "the open bar is always there");
        assert_eq!(count("1514764800"), 720);
    }

    #[test]
    fn bitcoin_is_xbt_and_younger_coins_have_no_prefix() {
        let names = |symbol: &str| names(&symbol.parse().unwrap());
        let pair = |plain: &str, internal: &str| Names { plain: plain.to_owned(), internal: internal.to_owned() };
        assert_eq!(names("BTC-USD"), pair("XBTUSD", "XXBTZUSD"));
        assert_eq!(names("SOL-USD"), pair("SOLUSD", "SOLUSD"));
        let answer = ask(&mut market(), "XBTUSD", "1440", "").unwrap();
        assert!(answer["result"]["XXBTZUSD"].is_array());
    }

    #[test]
    fn errors_come_with_status_200() {
        let mut market = market();
        let unknown = Err(refusal("EQuery:Unknown asset pair"));
        assert_eq!(ask(&mut market, "NOPEUSD", "1440", ""), unknown);
        assert_eq!(ask(&mut market, "ETH-USD", "1440", ""), unknown);
        for (pair, interval, since) in [("", "60", ""), ("ETHUSD", "360", ""), ("ETHUSD", "60", "yesterday")] {
            let error = ask(&mut market, pair, interval, since).unwrap_err();
            assert_eq!(
                error,
                Refusal { status: StatusCode::OK, body: json!({"error": ["EGeneral:Invalid arguments"]}) }
            );
        }
        assert_eq!(ask(&mut market, "ETHUSD", "5", "").unwrap()["result"]["XETHZUSD"], json!([]));
    }

    #[test]
    fn faults_show_in_its_rows() {
        let mut market = market();
        market.set_clock("2023-06-03T10:00:00Z".parse().unwrap()).unwrap();
        let since = Some("1685145600".to_owned());
        let parameters = Parameters { pair: Some("ETHUSD".to_owned()), interval: Some("1440".to_owned()), since };
        let mut rows = |kind: &str| {
            let faults = if kind.is_empty() { Vec::new() } else { fault(kind) };
            parsed(&answer(&mut market, &faults, &parameters).unwrap())["result"]["XETHZUSD"].clone()
        };
        let right = rows("");
        assert_eq!((times(&right).len(), times(&right)[6]), (7, 1_685_750_400));
        assert_eq!(rows("unfinished"), right, "it is always so");
        assert_eq!(times(&rows("off_grid"))[6], 1_685_786_400);
        assert_eq!(times(&rows("stale")).last(), Some(&1_685_577_600));
        assert_eq!(times(&rows("missing")).len(), 6);
        assert_eq!(rows("empty"), json!([]));
        assert_eq!((&rows("nulls")[0][1], &rows("nulls")[5][2]), (&Value::Null, &Value::Null));
        let exchanged = number(&rows("swapped_volume")[0][6]) / number(&right[0][6]);
        assert!((exchanged / number(&right[0][4]) - 1.0).abs() < 1e-9, "{exchanged}");
    }
}
