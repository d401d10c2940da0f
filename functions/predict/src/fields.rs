//! Fields of a JSON object. A duplicate field is an error, while a map would silently drop one of the two values.

use crate::truncate::{MAX_VALUE_CHARS, truncate};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// Fields by name, with their values unparsed.
pub(crate) type Object<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// Error of a text that is not an object with unique fields.
pub(crate) enum ObjectError {
    /// The text is another value.
    NotAnObject,
    /// A field occurs twice; with its name, truncated.
    DuplicateField(String),
}

/// Parses the fields of an object.
pub(crate) fn parse_object(text: &str) -> Result<Object<'_>, ObjectError> {
    let Fields(fields) = serde_json::from_str(text).map_err(|_| ObjectError::NotAnObject)?;
    let mut object = Object::new();
    for (Name(name), value) in fields {
        if object.contains_key(&name) {
            return Err(ObjectError::DuplicateField(truncate(&name, MAX_VALUE_CHARS).into_owned()));
        }
        object.insert(name, value);
    }
    Ok(object)
}

/// Fields in their order, with duplicates.
struct Fields<'a>(Vec<(Name<'a>, &'a RawValue)>);

/// Name of a field, borrowed unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}
