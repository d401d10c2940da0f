//! Orders to the market: history, clock, regime, faults.

use crate::{
    arguments::HistoryArguments,
    fault::Fault,
    history::HistoryError,
    market::{ControlError, RegimeChange, SimulatedMarket},
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
use std::path::PathBuf;

/// The market's now; null in an order lets it run with the real time.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clock {
    #[serde(with = "market_data::time::optional")]
    now: Option<Timestamp>,
}

/// Another history; without a directory the one that the server was started with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct History {
    #[serde(default)]
    data: Option<PathBuf>,
    #[serde(default)]
    name: Option<String>,
}

pub(crate) async fn status(State(server): State<Server>) -> Json<Value> {
    let shared = server.lock();
    let span = shared.market.span();
    Json(json!({
        "description": shared.market.description(),
        "sources": Source::ALL,
        "now": shared.market.now(),
        "clock_runs": shared.market.clock_runs(),
        "start": span.start,
        "end": span.end,
        "regime": shared.market.change(),
        "faults": shared.faults.active(),
    }))
}

/// The clock is that of the new history; faults stay.
pub(crate) async fn set_history(
    State(server): State<Server>,
    Json(history): Json<History>,
) -> Result<Json<Value>, HistoryError> {
    let arguments = server.lock().started_with.clone();
    let arguments = match history.data {
        Some(data) => HistoryArguments { data: Some(data), name: history.name, ..arguments },
        None => arguments,
    };
    let market = SimulatedMarket::open(&arguments)?;
    let description = market.description().to_owned();
    server.lock().market = market;
    Ok(Json(json!({ "description": description })))
}

pub(crate) async fn clock(State(server): State<Server>) -> Json<Clock> {
    Json(Clock { now: Some(server.lock().market.now()) })
}

pub(crate) async fn set_clock(
    State(server): State<Server>,
    Json(clock): Json<Clock>,
) -> Result<Json<Clock>, ControlError> {
    let market = &mut server.lock().market;
    match clock.now {
        Some(now) => market.set_clock(now)?,
        None => market.run_clock(),
    }
    Ok(Json(clock))
}

pub(crate) async fn set_regime(
    State(server): State<Server>,
    Json(change): Json<RegimeChange>,
) -> Result<Json<RegimeChange>, ControlError> {
    server.lock().market.set_regime(change)?;
    Ok(Json(change))
}

pub(crate) async fn add_fault(State(server): State<Server>, Json(fault): Json<Fault>) -> Json<Fault> {
    server.lock().faults.order(fault.clone());
    Json(fault)
}

pub(crate) async fn clear_faults(State(server): State<Server>) -> StatusCode {
    server.lock().faults.clear();
    StatusCode::NO_CONTENT
}

impl IntoResponse for HistoryError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "message": observability::error_chain(&self) }))).into_response()
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "message": self.to_string() }))).into_response()
    }
}
