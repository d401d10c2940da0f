//! Times in JSON: a string or a number is parsed by [`TimeBounds::STATED`], RFC 3339 is written.

use super::TimeBounds;
use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Unexpected, Visitor},
};
use std::fmt;

/// Time that was read by the strict parser.
struct Strict(Timestamp);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl Visitor<'_> for StrictVisitor {
    type Value = Timestamp;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a time as a string or a Unix time as a number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        TimeBounds::STATED.parse(text).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Timestamp, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Timestamp, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Timestamp, E> {
        if !number.is_finite() {
            return Err(E::invalid_value(Unexpected::Float(number), &self));
        }
        self.visit_str(&number.to_string())
    }
}

/// Format of a required field: `#[serde(with = "market_data::time::required")]`.
pub mod required {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Strict, Timestamp};

    /// Writes RFC 3339.
    ///
    /// # Errors
    /// The serializer failed.
    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        time.serialize(serializer)
    }

    /// Reads a string or a number.
    ///
    /// # Errors
    /// The value is not a time.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Strict::deserialize(deserializer).map(|strict| strict.0)
    }
}

/// Format of a field that may be absent or null: `#[serde(default, with = "market_data::time::optional")]`.
pub mod optional {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Strict, Timestamp};

    /// Writes RFC 3339 or null.
    ///
    /// # Errors
    /// The serializer failed.
    pub fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        time.serialize(serializer)
    }

    /// Reads a string, a number or null.
    ///
    /// # Errors
    /// The value is not a time.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<Strict>::deserialize(deserializer)?.map(|strict| strict.0))
    }
}
