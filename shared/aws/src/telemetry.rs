//! Logs: JSON on standard output, which Lambda ships to CloudWatch Logs.

use tracing_subscriber::EnvFilter;

/// Installs the subscriber once; `RUST_LOG` filters, the default is `info`. Calling it again changes nothing.
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let installed = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .try_init();
    if installed.is_err() {
        tracing::debug!("a subscriber is already installed");
    }
}
