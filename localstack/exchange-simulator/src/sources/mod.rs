//! Wire formats of the sources, one module each.

mod binance;
mod bitstamp;
mod coinbase;
mod kraken;
mod yahoo;

use crate::{
    body::{ErrorBody, ResponseBody},
    fault::Fault,
    market::SimulatedMarket,
    response_faults,
    source::Source,
    state::SharedState,
};
use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use market_data::origin::Provenance;

const HISTORY_HEADER: HeaderName = HeaderName::from_static("x-market-history");

/// Routes of one source.
pub(crate) fn routes(source: Source) -> Router<SharedState> {
    match source {
        Source::Coinbase => coinbase::routes(),
        Source::Kraken => kraken::routes(),
        Source::Bitstamp => bitstamp::routes(),
        Source::Binance => binance::routes(),
        Source::Yahoo => yahoo::routes(),
    }
}

/// Builds the body of a response from the market, and sends it as the active faults of the source demand.
async fn send(
    state: &SharedState,
    source: Source,
    build_body: impl FnOnce(&mut SimulatedMarket, &[Fault]) -> Result<ResponseBody, ErrorBody>,
) -> Response {
    let (faults, built) = {
        let mut exchanges = state.lock();
        let faults = exchanges.faults.next_response(source);
        if let Some(response) = response_faults::replacement(&faults) {
            return response;
        }
        let built = build_body(&mut exchanges.market, &faults);
        (faults, built)
    };
    let delay = response_faults::delay(&faults);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let mut response = match built {
        Ok(ResponseBody { bytes, provenance }) => {
            let mut response = response_faults::send_body(bytes, &faults);
            if let Some(value) = history_header(provenance) {
                response.headers_mut().insert(HISTORY_HEADER, value);
            }
            response
        }
        Err(ErrorBody { status, body }) => (status, body.to_string()).into_response(),
    };
    let content_type = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

/// Value of the header that a real exchange does not send.
fn history_header(provenance: Provenance) -> Option<HeaderValue> {
    match provenance {
        Provenance::Live => None,
        Provenance::Stored => Some(HeaderValue::from_static("stored")),
        Provenance::Simulated => Some(HeaderValue::from_static("simulated")),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::config::MarketConfig;
    use serde_json::{Value, json};

    /// The simulated market from 2018 to the end of 2023.
    pub(crate) fn market() -> SimulatedMarket {
        let end = Some("2024-01-01T00:00:00Z".parse().unwrap());
        SimulatedMarket::open(&MarketConfig { end, ..MarketConfig::default() }).unwrap()
    }

    /// One fault of that kind with the default parameters.
    pub(crate) fn fault(kind: &str) -> Vec<Fault> {
        vec![serde_json::from_value(json!({ "source": "kraken", "kind": kind })).unwrap()]
    }

    pub(super) fn parsed(body: &ResponseBody) -> Value {
        serde_json::from_slice(&body.bytes).unwrap()
    }

    /// Number that a text or a number stands for.
    pub(super) fn number(value: &Value) -> f64 {
        value.as_str().map_or_else(|| value.as_f64().unwrap(), |text| text.parse().unwrap())
    }

    #[test]
    fn only_live_bars_have_no_history_header() {
        let [live, stored, simulated] =
            [Provenance::Live, Provenance::Stored, Provenance::Simulated].map(history_header);
        assert_eq!(live, None);
        assert_eq!((stored.unwrap(), simulated.unwrap()), ("stored".parse().unwrap(), "simulated".parse().unwrap()));
    }
}
