//! Format of JSON files: indented at the outer levels, one line for each value further inside.

use serde_json::ser::{Formatter, PrettyFormatter};
use std::io::{Result, Write};

/// Deepest level whose entries have a line each. A decision of a report has its fields at this level.
const INDENTED_LEVELS: usize = 3;

/// Formatter of `serde_json` that indents the outer levels only. Quantiles of each decision on lines of their own would
/// double the size of a report.
#[derive(Debug, Default)]
pub(crate) struct OuterIndented {
    pretty: PrettyFormatter<'static>,
    level: usize,
}

impl OuterIndented {
    const fn is_inner(&self) -> bool {
        self.level > INDENTED_LEVELS
    }

    fn separate<W: ?Sized + Write>(writer: &mut W, first: bool) -> Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }
}

impl Formatter for OuterIndented {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.level += 1;
        if self.is_inner() { writer.write_all(b"[") } else { self.pretty.begin_array(writer) }
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        let inner = self.is_inner();
        self.level -= 1;
        if inner { writer.write_all(b"]") } else { self.pretty.end_array(writer) }
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        if self.is_inner() { Self::separate(writer, first) } else { self.pretty.begin_array_value(writer, first) }
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        if self.is_inner() { Ok(()) } else { self.pretty.end_array_value(writer) }
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.level += 1;
        if self.is_inner() { writer.write_all(b"{") } else { self.pretty.begin_object(writer) }
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        let inner = self.is_inner();
        self.level -= 1;
        if inner { writer.write_all(b"}") } else { self.pretty.end_object(writer) }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        if self.is_inner() { Self::separate(writer, first) } else { self.pretty.begin_object_key(writer, first) }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.pretty.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        if self.is_inner() { Ok(()) } else { self.pretty.end_object_value(writer) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize as _;
    use serde_json::{Serializer, Value, json};

    #[test]
    fn inner_values_take_one_line_and_read_back() {
        let value = json!({"decisions": [{"p": 0.5, "quantiles": {"levels": [0.1, 0.9], "values": []}}], "none": []});
        let mut bytes = Vec::new();
        value.serialize(&mut Serializer::with_formatter(&mut bytes, OuterIndented::default())).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert!(text.contains("\n      \"quantiles\": {\"levels\": [0.1, 0.9], \"values\": []}"), "{text}");
        assert!(text.starts_with("{\n  \"decisions\": [\n    {\n      \"p\": 0.5,"), "{text}");
    }
}
