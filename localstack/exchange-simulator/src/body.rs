//! Bodies of responses in a source's format.

use axum::http::StatusCode;
use market_data::origin::Provenance;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Body of a successful response.
#[derive(Debug, PartialEq)]
pub(crate) struct ResponseBody {
    /// JSON text.
    pub(crate) bytes: Vec<u8>,
    /// Provenance of its bars.
    pub(crate) provenance: Provenance,
}

/// Error of a source, in its own words.
#[derive(Debug, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// A number as text: the shortest one that is parsed as the same number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text(pub(crate) Option<f64>);

impl ResponseBody {
    pub(crate) fn new(body: &impl Serialize, provenance: Provenance) -> Self {
        // Numbers, texts and nulls can always be written.
        Self { bytes: serde_json::to_vec(body).unwrap_or_default(), provenance }
    }

    /// Body without bars.
    pub(crate) fn without_bars(body: &impl Serialize) -> Self {
        Self::new(body, Provenance::Live)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_as_text_is_exact_and_without_an_exponent() {
        let text = |value| serde_json::to_value(Text(value)).unwrap();
        for value in [1904.77, 302.0, 0.1 + 0.2, 1e-7, 631_388_165.106_642, 1e22, f64::MIN_POSITIVE] {
            let printed = text(Some(value));
            let printed = printed.as_str().unwrap();
            assert_eq!(printed.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{printed}");
            assert!(!printed.contains('e'), "{printed}");
        }
        assert_eq!((text(Some(1904.77)), text(None)), (json!("1904.77"), Value::Null));
    }
}
