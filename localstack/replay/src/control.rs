//! Orders to the market: clock, regime, faults.

use crate::{
    fault::Fault,
    market::{OrderError, RegimeChange},
    server::Server,
    source::Source,
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The market's now.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clock {
    now: Timestamp,
}

pub(crate) async fn status(State(server): State<Server>) -> Json<Value> {
    let shared = server.lock();
    let span = shared.market.span();
    Json(json!({
        "description": shared.market.description(),
        "sources": Source::ALL,
        "now": shared.market.now(),
        "start": span.start,
        "end": span.end,
        "regime": shared.market.change(),
        "faults": shared.faults.standing(),
    }))
}

pub(crate) async fn clock(State(server): State<Server>) -> Json<Clock> {
    Json(Clock { now: server.lock().market.now() })
}

pub(crate) async fn set_clock(
    State(server): State<Server>,
    Json(clock): Json<Clock>,
) -> Result<Json<Clock>, OrderError> {
    server.lock().market.set_clock(clock.now)?;
    Ok(Json(clock))
}

pub(crate) async fn set_regime(
    State(server): State<Server>,
    Json(change): Json<RegimeChange>,
) -> Result<Json<RegimeChange>, OrderError> {
    server.lock().market.set_regime(change)?;
    Ok(Json(change))
}

pub(crate) async fn order_fault(State(server): State<Server>, Json(fault): Json<Fault>) -> Json<Fault> {
    server.lock().faults.order(fault.clone());
    Json(fault)
}

pub(crate) async fn clear_faults(State(server): State<Server>) -> StatusCode {
    server.lock().faults.clear();
    StatusCode::NO_CONTENT
}

impl IntoResponse for OrderError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "message": self.to_string() }))).into_response()
    }
}
