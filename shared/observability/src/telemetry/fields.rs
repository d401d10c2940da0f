//! The fields of a line: names and JSON values, each name once.

use serde::{Serialize, Serializer};
use serde_json::Value;
use std::{error::Error, fmt};
use tracing::field::{Field, Visit};

/// Fields in the order in which their names were first set.
#[derive(Debug, Clone, Default)]
pub(super) struct LogFields {
    pairs: Vec<(&'static str, Value)>,
}

impl LogFields {
    /// Sets a field; a later value replaces an earlier one.
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        match self.pairs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.pairs.push((name, value)),
        }
    }

    /// Takes over the fields of a span around this one.
    pub(super) fn inherit(&mut self, outer: Option<&Self>) {
        for (name, value) in outer.into_iter().flat_map(|fields| &fields.pairs) {
            self.set(name, value.clone());
        }
    }

    /// The fields, in their order.
    pub(super) fn into_pairs(self) -> Vec<(&'static str, Value)> {
        self.pairs
    }
}

impl Serialize for LogFields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.pairs.iter().map(|(name, value)| (name, value)))
    }
}

impl Visit for LogFields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(name(field), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(name(field), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(name(field), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(name(field), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(name(field), value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.set(name(field), crate::error_chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(name(field), format!("{value:?}"));
    }
}

/// One spelling for what the runtime's spans and ours both name.
fn name(field: &Field) -> &'static str {
    match field.name() {
        "requestId" => "request_id",
        "xrayTraceId" => "trace_id",
        other => other,
    }
}
