//! Logs: one JSON object a line on standard output, which Lambda ships to CloudWatch Logs.
//!
//! A line is `timestamp`, `level`, `function`, `target`, `message`, then the fields of the spans around it, the
//! outermost first, then its own; all at the top, so that one query finds what belongs to an invocation
//! (`request_id`), a `series` or a `run`, whatever function wrote it. The shape is described in RUNBOOK.md.

mod fields;
mod lines;
#[cfg(test)]
mod tests;

use fields::LogFields;
use lines::JsonLogLayer;
use serde_json::Value;
use std::io::Write;
use tracing::{Dispatch, Level, Metadata, Span, Subscriber};
use tracing_subscriber::{
    Layer, Registry,
    filter::{FilterExt, Targets, filter_fn},
    layer::SubscriberExt,
    registry,
};

/// Installs the subscriber once; `RUST_LOG` filters, the default is `info`. Calling it again changes nothing.
pub fn init() {
    // Levels by target need no regular expressions, and so no code for them in predict.
    let named = std::env::var("RUST_LOG").ok().map(|text| text.parse::<Targets>());
    let refused = named.as_ref().and_then(|filter| filter.as_ref().err()).map(ToString::to_string);
    let filter = named.and_then(Result::ok).unwrap_or_else(|| Targets::new().with_default(Level::INFO));
    // Set by Lambda, and so the name of the log group too.
    let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").ok();
    let lines = JsonLogLayer::new(function, |line| {
        // A line that cannot be written must not fail the work that it describes.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    });
    if tracing::subscriber::set_global_default(subscriber(filter, lines)).is_err() {
        tracing::debug!("a subscriber is already installed");
    }
    if let Some(error) = refused {
        tracing::warn!(error, "RUST_LOG is not a list of levels by target: logging at info");
    }
}

/// Events that `filter` lets through, and every span that names a request: under `RUST_LOG=error` an error must still
/// name its request.
fn subscriber(filter: Targets, lines: JsonLogLayer) -> impl Subscriber + Send + Sync {
    let context = filter_fn(|metadata: &Metadata<'_>| metadata.is_span() && *metadata.level() <= Level::INFO);
    registry().with(lines.with_filter(filter.or(context)))
}

/// The function's name and the fields of the spans around the caller: what ties a metric to the log lines of its
/// invocation.
pub(crate) fn context() -> Vec<(&'static str, Value)> {
    let known = Span::current().with_subscriber(|(id, dispatch): (_, &Dispatch)| {
        let mut fields = LogFields::default();
        if let Some(lines) = dispatch.downcast_ref::<JsonLogLayer>() {
            lines.name(&mut fields);
        }
        if let Some(span) =
            dispatch.downcast_ref::<Registry>().and_then(|registry| registry::LookupSpan::span(registry, id))
        {
            span.scope().from_root().for_each(|span| fields.inherit(span.extensions().get::<LogFields>()));
        }
        fields
    });
    known.unwrap_or_default().into_pairs()
}
