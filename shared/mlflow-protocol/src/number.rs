//! Numbers on the wire. Integers may be JSON numbers or texts, as query parameters are; metric values may be `NaN`,
//! `Infinity` or `-Infinity`, which JSON has as texts.

use serde::{
    Deserialize, Deserializer, Serializer,
    de::{Error, Unexpected},
};

#[derive(Deserialize)]
#[serde(untagged)]
enum Integer {
    Number(i64),
    Float(f64),
    Text(String),
}

fn integer<E: Error>(value: Integer) -> Result<i64, E> {
    match value {
        Integer::Number(number) => Ok(number),
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked, and fractions are refused")]
        Integer::Float(number) if number.fract().abs() < f64::EPSILON && number.abs() < 9e15 => Ok(number as i64),
        Integer::Float(number) => Err(E::invalid_value(Unexpected::Float(number), &"an integer")),
        Integer::Text(text) => text.trim().parse().map_err(|_| E::invalid_value(Unexpected::Str(&text), &"an integer")),
    }
}

/// Reads an integer.
///
/// # Errors
/// The value is no integer of 64 bits.
pub fn int64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    integer(Integer::deserialize(deserializer)?)
}

/// Reads an integer that may be absent or null.
///
/// # Errors
/// The value is no integer of 64 bits.
pub fn optional_int64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Option::<Integer>::deserialize(deserializer)?.map(integer).transpose()
}

/// Reads the value of a metric.
///
/// # Errors
/// The value is no number and none of the three names.
pub fn double<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Double {
        Number(f64),
        Text(String),
    }
    match Double::deserialize(deserializer)? {
        Double::Number(number) => Ok(number),
        Double::Text(text) => match text.as_str() {
            "NaN" => Ok(f64::NAN),
            "Infinity" => Ok(f64::INFINITY),
            "-Infinity" => Ok(f64::NEG_INFINITY),
            other => {
                other.parse().map_err(|_| D::Error::invalid_value(Unexpected::Str(other), &"a number, NaN or Infinity"))
            }
        },
    }
}

/// Writes the value of a metric.
///
/// # Errors
/// As the serializer.
pub fn write_double<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_nan() {
        serializer.serialize_str("NaN")
    } else if value.is_infinite() {
        serializer.serialize_str(if *value > 0.0 { "Infinity" } else { "-Infinity" })
    } else {
        serializer.serialize_f64(*value)
    }
}

#[cfg(test)]
mod tests {
    use crate::request::LogMetric;

    #[test]
    fn numbers_may_be_texts_and_values_may_be_infinite() {
        let parse = |value: &str, timestamp: &str| {
            let text = format!(r#"{{"run_id":"r","key":"k","value":{value},"timestamp":{timestamp},"step":null}}"#);
            serde_json::from_str::<LogMetric>(&text)
        };
        assert!(parse("\"NaN\"", "\"12\"").is_ok_and(|metric| metric.value.is_nan() && metric.timestamp == 12));
        assert!(parse("\"-Infinity\"", "12.0").is_ok_and(|metric| metric.value < f64::MIN));
        assert!(parse("0.5", "-3").is_ok_and(|metric| metric.timestamp == -3));
        for (value, timestamp) in
            [("\"x\"", "1"), ("1", "1.5"), ("1", "1e300"), ("1", "\"x\""), ("[]", "1"), ("1", "{}")]
        {
            assert!(parse(value, timestamp).is_err(), "{value} {timestamp}");
        }
    }
}
