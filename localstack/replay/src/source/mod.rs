//! The sources: one module for each wire format.

mod coinbase;
mod yahoo;

use crate::{
    fault::{Fault, Kind},
    market::Market,
    server::Server,
};
use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A market data source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// Coinbase Exchange.
    Coinbase,
    /// Yahoo's chart service.
    Yahoo,
}

/// What a source answers.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) body: Value,
    /// Whether any bar in it is simulated.
    pub(crate) simulated: bool,
}

/// Why a source does not answer, in its own words.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

pub(crate) fn routes() -> Router<Server> {
    Router::new().merge(coinbase::routes()).merge(yahoo::routes())
}

/// Sends what `build` makes of the market, spoilt by the source's standing fault.
async fn send(
    server: &Server,
    source: Source,
    build: impl FnOnce(&mut Market, Option<Kind>) -> Result<Answer, Refusal>,
) -> Response {
    let (fault, built) = {
        let mut shared = server.lock();
        let fault = shared.faults.take(source);
        if let Some(response) = fault.as_ref().and_then(Fault::instead) {
            return response;
        }
        let built = build(&mut shared.market, fault.as_ref().map(|fault| fault.kind));
        (fault, built)
    };
    if let Some(delay) = fault.as_ref().and_then(Fault::delay) {
        tokio::time::sleep(delay).await;
    }
    let content_type = (header::CONTENT_TYPE, "application/json; charset=utf-8");
    match built {
        Ok(Answer { body, simulated }) => {
            let body = body.to_string().into_bytes();
            let body = fault.map_or_else(|| body.clone().into(), |fault| fault.spoil(body.clone()));
            let history = if simulated { "simulated" } else { "stored" };
            ([content_type, (header::HeaderName::from_static("x-market-history"), history)], body).into_response()
        }
        Err(Refusal { status, body }) => (status, [content_type], body.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use crate::{arguments::Arguments, market::Market};

    /// The simulated market from 2018 to the end of 2023.
    pub(super) fn market() -> Market {
        Market::open(&Arguments::parse(["--simulate".to_owned()]).unwrap().history).unwrap()
    }
}
