//! Metrics of an ingest.

use crate::IngestResponse;
use exchanges::SourceFailure;
use jiff::Timestamp;
use observability::{MetricUnit, Metrics};

/// Emits the metrics of a finished ingest; `now` is the time by the clock.
pub(crate) fn emit(response: &IngestResponse, now: Timestamp) {
    // The alarm for a silent ingest watches `IngestSucceeded` over all symbols, so it is emitted without dimensions too.
    Metrics::default().count("IngestSucceeded", 1).emit();
    let mut metrics = Metrics::default()
        .dimension("Symbol", response.symbol.as_str())
        .dimension("Interval", response.interval.as_str())
        .count("IngestSucceeded", 1)
        .count("BarsIngested", response.new_bars)
        .count("BarsRevised", response.revised)
        .count("QualityFindings", response.rules.values().sum::<usize>());
    if let Some(last) = response.last {
        let age = now.duration_since(response.interval.step(last, 1));
        metrics = metrics.value("DataAgeSeconds", age.as_secs_f64(), MetricUnit::Seconds);
    }
    metrics.emit();
}

/// Counts failures of sources.
pub(crate) fn emit_source_failures(failures: &[SourceFailure]) {
    for failure in failures {
        Metrics::default().dimension("Source", failure.source.as_str()).count("SourceFailure", 1).emit();
    }
}
