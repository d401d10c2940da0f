//! The fields of a JSON object, none of which may stand twice: a map would keep one of the two and say nothing.

use crate::bars::clipped;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// Fields by name, each as it was written.
pub(crate) type Object<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// Why a text is no object to read.
pub(crate) enum ObjectError {
    /// It is another value.
    NotAnObject,
    /// A field stands twice; the beginning of its name.
    DuplicateField(String),
}

/// The fields of the object that `text` is.
pub(crate) fn parse_object(text: &str) -> Result<Object<'_>, ObjectError> {
    let Fields(fields) = serde_json::from_str(text).map_err(|_| ObjectError::NotAnObject)?;
    let mut object = Object::new();
    for (Name(name), value) in fields {
        if object.contains_key(&name) {
            return Err(ObjectError::DuplicateField(clipped(&name)));
        }
        object.insert(name, value);
    }
    Ok(object)
}

/// The fields as they stand.
struct Fields<'a>(Vec<(Name<'a>, &'a RawValue)>);

/// A name, borrowed unless it has escapes.
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
