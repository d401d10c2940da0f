//! Events and the spans around them as lines.

use super::fields::LogFields;
use jiff::Timestamp;
use std::fmt::{self, Write as _};
use tracing::{
    Event, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

/// Makes a line of each event.
pub(super) struct JsonLogLayer {
    function: Option<String>,
    write: Box<dyn Fn(&str) + Send + Sync>,
}

impl JsonLogLayer {
    /// Lines of one function, without their end, to `write`.
    pub(super) fn new(function: Option<String>, write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { function, write: Box::new(write) }
    }

    /// Adds whose lines these are.
    pub(super) fn name(&self, fields: &mut LogFields) {
        if let Some(function) = &self.function {
            fields.set("function", function.as_str());
        }
    }

    /// First fields of every line. `message` keeps its place until the event fills it.
    fn base_fields(&self, event: &Event<'_>) -> LogFields {
        let mut head = LogFields::default();
        head.set("timestamp", format!("{:.6}", Timestamp::now()));
        head.set("level", event.metadata().level().as_str());
        self.name(&mut head);
        head.set("target", event.metadata().target());
        head.set("message", "");
        head
    }
}

impl fmt::Debug for JsonLogLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("function", &self.function).finish_non_exhaustive()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for JsonLogLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = LogFields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<LogFields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = self.base_fields(event);
        for span in context.event_scope(event).into_iter().flat_map(tracing_subscriber::registry::Scope::from_root) {
            fields.inherit(span.extensions().get::<LogFields>());
        }
        event.record(&mut fields);
        // Names and values are JSON already, so this cannot fail.
        let line = serde_json::to_string(&fields).unwrap_or_default();
        (self.write)(&escape_controls(line));
    }
}

/// JSON escapes line feeds and escape characters, but leaves what some readers take for the end of a line or the start
/// of a control sequence too: text from outside must not look like a line of its own, nor colour or move the cursor.
fn escape_controls(line: String) -> String {
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !line.contains(hidden) {
        return line;
    }
    let mut escaped = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        if hidden(c) {
            // All of them are in the basic plane, and so one escape each; they only stand inside strings.
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}
