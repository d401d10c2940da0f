//! Metrics as CloudWatch Embedded Metric Format: one JSON line on standard output, no API call.

use crate::telemetry;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::io::Write;

/// The CloudWatch namespace of every metric.
pub const NAMESPACE: &str = "Weathervane";

/// A CloudWatch unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricUnit {
    /// A number of things.
    Count,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// A bare number.
    None,
}

impl MetricUnit {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::Seconds => "Seconds",
            Self::None => "None",
        }
    }
}

/// A set of metrics that share dimensions; emitted as one line.
#[derive(Debug, Clone, Default)]
#[must_use = "metrics are lost unless emitted"]
pub struct Metrics {
    dimensions: Vec<(&'static str, String)>,
    values: Vec<(&'static str, f64, MetricUnit)>,
    properties: Vec<(&'static str, Value)>,
}

impl Metrics {
    /// Metrics of one function, dimension `Function`.
    pub fn for_function(function: &str) -> Self {
        Self::default().dimension("Function", function)
    }

    /// Metrics of one series, dimension `Series`, by its slug.
    pub fn for_series(slug: impl Into<String>) -> Self {
        Self::default().dimension("Series", slug)
    }

    /// Adds a dimension. All dimensions together form one set.
    pub fn dimension(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.dimensions.push((name, value.into()));
        self
    }

    /// Adds a number of things.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn count(self, name: &'static str, value: usize) -> Self {
        self.value(name, value as f64, MetricUnit::Count)
    }

    /// Adds a metric; CloudWatch takes no NaN or infinity, so those are left out.
    pub fn value(mut self, name: &'static str, value: f64, unit: MetricUnit) -> Self {
        if value.is_finite() {
            self.values.push((name, value, unit));
        }
        self
    }

    /// Adds context that is logged with the metrics and is not a metric.
    pub fn property(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.properties.push((name, value.into()));
        self
    }

    /// Adds what is known of the invocation, as context: what the metrics say of it themselves stays.
    pub(crate) fn with_context(mut self, invocation: Vec<(&'static str, Value)>) -> Self {
        self.properties.splice(0..0, invocation);
        self
    }

    /// The line.
    #[must_use]
    pub fn to_line(&self, at: Timestamp) -> String {
        let mut root = Map::new();
        let names: Vec<_> = self.dimensions.iter().map(|(name, _)| *name).collect();
        let definitions: Vec<_> =
            self.values.iter().map(|(name, _, unit)| json!({"Name": name, "Unit": unit.as_str()})).collect();
        root.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": at.as_millisecond(),
                "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [names], "Metrics": definitions}],
            }),
        );
        root.extend(self.properties.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        root.extend(self.dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
        root.extend(self.values.iter().map(|(name, value, _)| ((*name).to_owned(), json!(value))));
        Value::Object(root).to_string()
    }

    /// Writes the line to standard output, stamped with the clock and with the ids that the log lines around it carry.
    /// Nothing is written when there is no metric.
    pub fn emit(&self) {
        if self.values.is_empty() {
            return;
        }
        let line = self.clone().with_context(telemetry::context()).to_line(Timestamp::now());
        // A metric that cannot be written must not fail the work it measures.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The structure is the one of the Embedded Metric Format specification:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
    #[test]
    fn a_line_names_its_metrics_and_carries_their_values_at_the_root() {
        let at = Timestamp::from_millisecond(1_700_000_000_123).unwrap();
        let line = Metrics::for_series("eth-usd-1d-h1")
            .count("ModelRefused", 1)
            .value("LogLoss", 0.69, MetricUnit::None)
            .value("Broken", f64::NAN, MetricUnit::None)
            .property("reason", "hash")
            .to_line(at);
        let expected = json!({
            "_aws": {
                "Timestamp": 1_700_000_000_123_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "Weathervane",
                    "Dimensions": [["Series"]],
                    "Metrics": [{"Name": "ModelRefused", "Unit": "Count"}, {"Name": "LogLoss", "Unit": "None"}],
                }],
            },
            "Series": "eth-usd-1d-h1",
            "ModelRefused": 1.0,
            "LogLoss": 0.69,
            "reason": "hash",
        });
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), expected);
        assert!(!line.contains('\n'));
    }
}
