//! What each source would answer: its range, its limits, its columns.

use exchanges::SourceName;
use jiff::Timestamp;
use market_data::Bar;
use std::collections::HashMap;

/// A bar before it is sent; a NaN becomes a null.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candle {
    /// Open time in seconds.
    pub(crate) time: i64,
    pub(crate) open: f64,
    pub(crate) high: f64,
    pub(crate) low: f64,
    pub(crate) close: f64,
    pub(crate) volume: f64,
    /// Volume in the quote currency, for the sources that have it.
    pub(crate) quote: f64,
}

/// The market at `time`. It never moves.
pub(crate) fn truth(time: i64) -> Candle {
    let (open, high, low, close, volume) = (1200.05, 1225.0, 1190.5, 1214.25, 1000.0);
    Candle { time, open, high, low, close, volume, quote: volume * close }
}

impl Candle {
    pub(crate) fn bar(&self) -> Bar {
        let Self { time, open, high, low, close, volume, .. } = *self;
        Bar { time: Timestamp::from_second(time).unwrap(), open, high, low, close, volume }
    }

    /// All prices by a factor.
    pub(crate) fn scale(&mut self, factor: f64) {
        for price in [&mut self.open, &mut self.high, &mut self.low, &mut self.close] {
            *price *= factor;
        }
    }
}

type Query = HashMap<String, String>;

fn number(query: &Query, name: &str) -> i64 {
    query[name].parse().unwrap()
}

fn second(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second()
}

/// Open times from `from` to `to`, both inclusive.
fn grid(from: i64, to: i64, step: i64) -> Vec<i64> {
    let first = from.div_euclid(step) * step + if from.rem_euclid(step) == 0 { 0 } else { step };
    (first..=to).step_by(usize::try_from(step).unwrap()).collect()
}

/// The times for which `name` has a row in its answer, ascending; an error is its refusal.
pub(crate) fn asked(name: SourceName, query: &Query, now: i64) -> Result<Vec<i64>, &'static str> {
    match name {
        SourceName::Coinbase => {
            let times = grid(second(&query["start"]), second(&query["end"]), number(query, "granularity"));
            let message = r#"{"message":"granularity too small for the requested time range"}"#;
            if times.len() > 300 { Err(message) } else { Ok(times) }
        }
        SourceName::Kraken => {
            let step = 60 * number(query, "interval");
            let open = now.div_euclid(step) * step;
            let since = number(query, "since") + 1;
            Ok(grid(since.max(open - 719 * step), open, step))
        }
        SourceName::Bitstamp => {
            let limit = usize::try_from(number(query, "limit")).unwrap();
            let times = grid(number(query, "start"), number(query, "end"), number(query, "step"));
            if limit > 1000 {
                return Err(r#"{"code":"validation-error","errors":[{"field":"limit"}]}"#);
            }
            Ok(times[times.len().saturating_sub(limit)..].to_vec())
        }
        SourceName::Binance => {
            let step = if query["interval"] == "1h" { 3600 } else { 86_400 };
            let mut times = grid(number(query, "startTime") / 1000, number(query, "endTime").div_euclid(1000), step);
            times.truncate(usize::try_from(number(query, "limit")).unwrap().min(1000));
            Ok(times)
        }
        SourceName::Yahoo => {
            let step = if query["interval"] == "1h" { 3600 } else { 86_400 };
            let end = number(query, "period2");
            let mut times = grid(number(query, "period1"), end - 1, step);
            // A live row.
            times.push(end - 17);
            Ok(times)
        }
    }
}

fn plain(value: f64) -> String {
    if value.is_nan() { "null".to_owned() } else { value.to_string() }
}

fn quoted(value: f64) -> String {
    if value.is_nan() { "null".to_owned() } else { format!("\"{value}\"") }
}

fn list<T>(candles: impl IntoIterator<Item = T>, row: impl Fn(T) -> String) -> String {
    candles.into_iter().map(row).collect::<Vec<_>>().join(",")
}

/// The answer of `name` with these rows, given in ascending order.
pub(crate) fn encode(name: SourceName, candles: &[Candle]) -> String {
    match name {
        SourceName::Coinbase => {
            let row = |candle: &Candle| {
                let Candle { time, open, high, low, close, volume, .. } = *candle;
                format!("[{time},{}]", list([low, high, open, close, volume], plain))
            };
            format!("[{}]", list(candles.iter().rev(), row))
        }
        SourceName::Kraken => {
            let row = |candle: &Candle| {
                let Candle { time, open, high, low, close, volume, .. } = *candle;
                format!("[{time},{},9]", list([open, high, low, close, close, volume], quoted))
            };
            format!(r#"{{"error":[],"result":{{"XETHZUSD":[{}],"last":1}}}}"#, list(candles, row))
        }
        SourceName::Bitstamp => {
            let row = |candle: &Candle| {
                let Candle { time, open, high, low, close, volume, .. } = *candle;
                let [open, high, low, close, volume] = [open, high, low, close, volume].map(quoted);
                let prices = format!(r#""open":{open},"high":{high},"low":{low},"close":{close}"#);
                format!(r#"{{"timestamp":"{time}",{prices},"volume":{volume}}}"#)
            };
            format!(r#"{{"data":{{"pair":"ETH/USD","ohlc":[{}]}}}}"#, list(candles, row))
        }
        SourceName::Binance => {
            let row = |candle: &Candle| {
                let Candle { time, open, high, low, close, volume, quote } = *candle;
                let values = list([open, high, low, close, volume], quoted);
                format!(r#"[{time}000,{values},{time}999,{},9,"1","1","0"]"#, quoted(quote))
            };
            format!("[{}]", list(candles, row))
        }
        SourceName::Yahoo => {
            let column = |value: fn(&Candle) -> f64| list(candles, |candle: &Candle| plain(value(candle)));
            format!(
                r#"{{"chart":{{"result":[{{"meta":{{}},"timestamp":[{}],"indicators":{{"quote":[{{"open":[{}],
                "high":[{}],"low":[{}],"close":[{}],"volume":[{}]}}]}}}}],"error":null}}}}"#,
                list(candles, |candle: &Candle| candle.time.to_string()),
                column(|candle| candle.open),
                column(|candle| candle.high),
                column(|candle| candle.low),
                column(|candle| candle.close),
                column(|candle| candle.quote),
            )
        }
    }
}
