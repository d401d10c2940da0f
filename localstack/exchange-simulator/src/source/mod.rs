//! The sources: one module for each wire format.

mod binance;
mod bitstamp;
mod coinbase;
mod kraken;
mod yahoo;

use crate::{fault::Fault, market::SimulatedMarket, response_faults, server::Server};
use axum::{
    Router,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// A market data source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// Coinbase Exchange.
    Coinbase,
    /// Kraken.
    Kraken,
    /// Bitstamp.
    Bitstamp,
    /// Binance's market data host.
    Binance,
    /// Yahoo's chart service.
    Yahoo,
}

impl Source {
    pub(crate) const ALL: [Self; 5] = [Self::Coinbase, Self::Kraken, Self::Bitstamp, Self::Binance, Self::Yahoo];
}

/// What a source answers.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    /// JSON.
    pub(crate) body: Vec<u8>,
    /// Whether any bar in it is simulated.
    pub(crate) simulated: bool,
}

/// Why a source does not answer, in its own words.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// A number as text: the shortest that reads back as the same number.
#[derive(Debug, Clone, Copy)]
struct Text(Option<f64>);

impl Answer {
    fn new(body: &impl Serialize, simulated: bool) -> Self {
        // Numbers, texts and nulls can always be written.
        Self { body: serde_json::to_vec(body).unwrap_or_default(), simulated }
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }
}

pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .merge(coinbase::routes())
        .merge(kraken::routes())
        .merge(bitstamp::routes())
        .merge(binance::routes())
        .merge(yahoo::routes())
}

/// Sends what `build` makes of the market, spoilt by the source's standing faults.
async fn send(
    server: &Server,
    source: Source,
    build: impl FnOnce(&mut SimulatedMarket, &[Fault]) -> Result<Answer, Refusal>,
) -> Response {
    let (faults, built) = {
        let mut shared = server.lock();
        let faults = shared.faults.next_response(source);
        if let Some(response) = response_faults::replacement(&faults) {
            return response;
        }
        let built = build(&mut shared.market, &faults);
        (faults, built)
    };
    let delay = response_faults::delay(&faults);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let content_type = (header::CONTENT_TYPE, "application/json; charset=utf-8");
    match built {
        Ok(Answer { body, simulated }) => {
            let history = if simulated { "simulated" } else { "stored" };
            let headers = [content_type, (HeaderName::from_static("x-market-history"), history)];
            (headers, response_faults::body(body, &faults)).into_response()
        }
        Err(Refusal { status, body }) => (status, [content_type], body.to_string()).into_response(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::arguments::Arguments;
    use serde_json::json;

    /// The simulated market from 2018 to the end of 2023.
    pub(crate) fn market() -> SimulatedMarket {
        let line = ["--simulate", "--end", "2024-01-01T00:00:00Z"].map(str::to_owned);
        SimulatedMarket::open(&Arguments::parse(line).unwrap().history).unwrap()
    }

    /// One order of that kind, without parameters.
    pub(crate) fn fault(kind: &str) -> Vec<Fault> {
        vec![serde_json::from_value(json!({ "source": "kraken", "kind": kind })).unwrap()]
    }

    pub(super) fn parsed(answer: &Answer) -> Value {
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// The number that a text or a number stands for.
    pub(super) fn number(value: &Value) -> f64 {
        value.as_str().map_or_else(|| value.as_f64().unwrap(), |text| text.parse().unwrap())
    }

    #[test]
    fn a_number_as_text_reads_back_as_the_same_number_without_an_exponent() {
        let text = |value| serde_json::to_value(Text(value)).unwrap();
        for value in [1904.77, 302.0, 0.1 + 0.2, 1e-7, 631_388_165.106_642, 1e22, f64::MIN_POSITIVE] {
            let printed = text(Some(value));
            assert_eq!(number(&printed).to_bits(), value.to_bits(), "{printed}");
            assert!(!printed.as_str().unwrap().contains('e'), "{printed}");
        }
        assert_eq!((text(Some(1904.77)), text(None)), (json!("1904.77"), Value::Null));
    }
}
