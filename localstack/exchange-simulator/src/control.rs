//! Control of a running server over HTTP: bars, clock, regime and faults.

use crate::{
    config::MarketConfig,
    csv_files::CsvFilesError,
    fault::Fault,
    market::{ControlError, RegimeChange, SimulatedMarket},
    source::Source,
    sources,
    state::SharedState,
};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, put},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc};
use tokio::net::TcpListener;

/// State of the control routes.
#[derive(Clone)]
struct Control {
    state: SharedState,
    /// Market that the server was started with.
    startup_config: Arc<MarketConfig>,
}

/// Present time of the market; null in a request lets the clock run with the real time.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    #[serde(with = "market_data::time::optional")]
    now: Option<Timestamp>,
}

/// Other bars to serve; without a directory those that the server was started with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryRequest {
    #[serde(default)]
    data: Option<PathBuf>,
    #[serde(default)]
    name: Option<String>,
}

/// Serves all sources and their control until `stop` completes.
///
/// # Errors
/// The bars of `config` cannot be read, or the listener fails.
pub async fn serve(
    listener: TcpListener,
    config: MarketConfig,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Box<dyn std::error::Error>> {
    let market = SimulatedMarket::open(&config)?;
    tracing::info!("{}", market.description());
    let state = SharedState::new(market);
    let control = Control { state: state.clone(), startup_config: Arc::new(config) };
    let router = Source::ALL.into_iter().fold(Router::new(), |router, source| router.merge(sources::routes(source)));
    let router = router.with_state(state).merge(routes().with_state(control));
    tracing::info!(listen = %listener.local_addr()?, "ready");
    axum::serve(listener, router).with_graceful_shutdown(stop).await?;
    Ok(())
}

fn routes() -> Router<Control> {
    Router::new()
        .route("/control/status", get(status))
        .route("/control/history", put(set_history))
        .route("/control/clock", get(clock).put(set_clock))
        .route("/control/regime", put(set_regime))
        .route("/control/fault", put(add_fault).delete(clear_faults))
}

async fn status(State(control): State<Control>) -> Json<Value> {
    let exchanges = control.state.lock();
    let span = exchanges.market.span();
    Json(json!({
        "description": exchanges.market.description(),
        "sources": Source::ALL,
        "now": exchanges.market.now(),
        "clock_runs": exchanges.market.clock_runs(),
        "start": span.start,
        "end": span.end,
        "regime": exchanges.market.change(),
        "faults": exchanges.faults.active(),
    }))
}

/// Replaces the bars and with them the clock; faults stay.
async fn set_history(
    State(control): State<Control>,
    Json(history): Json<HistoryRequest>,
) -> Result<Json<Value>, CsvFilesError> {
    let config = MarketConfig::clone(&control.startup_config);
    let config = match history.data {
        Some(data) => MarketConfig { data: Some(data), name: history.name, ..config },
        None => config,
    };
    let market = SimulatedMarket::open(&config)?;
    let description = market.description().to_owned();
    control.state.lock().market = market;
    Ok(Json(json!({ "description": description })))
}

async fn clock(State(control): State<Control>) -> Json<Clock> {
    Json(Clock { now: Some(control.state.lock().market.now()) })
}

async fn set_clock(State(control): State<Control>, Json(clock): Json<Clock>) -> Result<Json<Clock>, ControlError> {
    let market = &mut control.state.lock().market;
    match clock.now {
        Some(now) => market.set_clock(now)?,
        None => market.run_clock(),
    }
    Ok(Json(clock))
}

async fn set_regime(
    State(control): State<Control>,
    Json(change): Json<RegimeChange>,
) -> Result<Json<RegimeChange>, ControlError> {
    control.state.lock().market.set_regime(change)?;
    Ok(Json(change))
}

async fn add_fault(State(control): State<Control>, Json(fault): Json<Fault>) -> Json<Fault> {
    control.state.lock().faults.add(fault.clone());
    Json(fault)
}

async fn clear_faults(State(control): State<Control>) -> StatusCode {
    control.state.lock().faults.clear();
    StatusCode::NO_CONTENT
}

impl IntoResponse for CsvFilesError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "message": observability::error_chain(&self) }))).into_response()
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "message": self.to_string() }))).into_response()
    }
}
