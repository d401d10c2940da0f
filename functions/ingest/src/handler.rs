//! From the Lambda runtime's terms to an ingest and back.

use crate::{error::IngestError, ingest::IngestService, response::IngestResponse};
use aws::{AwsClients, Config, ConfigError};
use contracts::events::IngestRequest;
use exchanges::{FetchPolicy, Fetcher, HttpError, ParseSourceError, Source, SourceName};
use lambda_shell::{HandlerError, Invocation};
use serde_json::Value;
use tracing::Instrument;

/// The function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    /// The environment is incomplete.
    #[error("the environment is incomplete or invalid")]
    Config {
        /// What is missing.
        #[from]
        source: ConfigError,
    },
    /// `WEATHERVANE_SOURCES` names a source that this build does not know.
    #[error("environment variable WEATHERVANE_SOURCES is invalid")]
    Source {
        /// Which one.
        #[from]
        source: ParseSourceError,
    },
    /// The HTTP client cannot be made.
    #[error("cannot create the HTTP client")]
    Http {
        /// Why.
        #[from]
        source: HttpError,
    },
}

/// Makes the clients.
///
/// # Errors
/// When the environment is incomplete.
pub fn new(config: &Config, clients: &AwsClients) -> Result<IngestService, StartupError> {
    let names = config.sources.iter().map(|name| name.parse()).collect::<Result<Vec<SourceName>, _>>()?;
    if names.is_empty() {
        return Err(ConfigError::Missing { variable: "WEATHERVANE_SOURCES" }.into());
    }
    let mut policy = FetchPolicy::default();
    policy.cross_checks = config.cross_checks.unwrap_or(policy.cross_checks);
    let tolerance = &mut policy.tolerance;
    tolerance.close = config.tolerance.unwrap_or(tolerance.close);
    tolerance.extreme = config.extreme_tolerance.unwrap_or(tolerance.extreme);
    policy.proxy_bars = config.proxy_bars.unwrap_or(policy.proxy_bars);
    let at_home_or_elsewhere =
        |name: SourceName| Source::new(name, config.market_base_url(name.as_str()).map(str::to_owned));
    Ok(IngestService {
        fetcher: Fetcher::new(names.iter().copied().map(at_home_or_elsewhere).collect(), policy)?,
        order: names,
        tolerance: policy.tolerance,
        proxy_bars: policy.proxy_bars,
        storage: clients.storage()?,
        locks: clients.locks()?,
        bus: clients.bus()?,
    })
}

/// Handles one invocation.
///
/// # Errors
/// When the ingest failed: its kind, and the whole chain of causes.
pub async fn handle(
    ingest: &IngestService,
    payload: Value,
    invocation: &Invocation,
) -> Result<IngestResponse, HandlerError> {
    let failed = |error| HandlerError::logged("ingest", &error);
    let request: IngestRequest =
        serde_json::from_value(payload).map_err(|source| failed(IngestError::Event { source }))?;
    // Every line of this ingest names its market.
    let span = tracing::info_span!("ingest", symbol = %request.symbol, interval = %request.interval);
    let one = async {
        let summary = ingest.run(&request, invocation).await.map_err(failed)?;
        tracing::info!(status = ?summary.status, new_bars = summary.new_bars, last = ?summary.last, "ingest done");
        Ok(summary)
    };
    one.instrument(span).await
}
