//! Bodies of requests.

use crate::event::HttpRequest;
use mlflow_protocol::{ApiError, ErrorCode, limits};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Parameters of a request, from its body or its query.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters(Value);

impl Parameters {
    /// Parameters of a request: those of the query for a GET, else the JSON object of the body.
    ///
    /// # Errors
    /// The body is larger than 1 MiB, no JSON, nested too deeply, or no object.
    pub(crate) fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        if request.method == "GET" {
            return Ok(Self::from_query(&request.query));
        }
        if request.body.len() > limits::MAX_JSON_BYTES {
            return Err(ApiError::new(
                ErrorCode::RequestTooLarge,
                format!("The body has {} bytes, at most {} are allowed", request.body.len(), limits::MAX_JSON_BYTES),
            ));
        }
        Self::from_json(&request.body)
    }

    /// Parameters in JSON; none if there is no body.
    ///
    /// # Errors
    /// The text is no JSON object, or is nested more than 127 deep.
    pub fn from_json(body: &[u8]) -> Result<Self, ApiError> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Value::Object(Map::new())));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self::from_fields(fields)),
            Ok(_) => Err(ApiError::new(ErrorCode::BadRequest, "The body is not a JSON object")),
            Err(error) => Err(ApiError::new(ErrorCode::BadRequest, format!("The body is not JSON: {error}"))),
        }
    }

    /// Parameters of a query; a repeated one is a list, as is one whose name says so.
    #[must_use]
    pub fn from_query(query: &[(String, String)]) -> Self {
        let mut fields = Map::new();
        for (name, value) in query {
            let value = Value::String(value.clone());
            match fields.get_mut(name) {
                Some(Value::Array(values)) => values.push(value),
                _ if matches!(name.as_str(), "order_by" | "stages" | "experiment_ids") => {
                    fields.insert(name.clone(), Value::Array(vec![value]));
                }
                _ => {
                    fields.insert(name.clone(), value);
                }
            }
        }
        Self::from_fields(fields)
    }

    /// Old clients name a run by `run_uuid`, and others by both.
    fn from_fields(mut fields: Map<String, Value>) -> Self {
        if let Some(id) = fields.remove("run_uuid")
            && fields.get("run_id").is_none_or(|id| id.as_str().is_none_or(str::is_empty))
        {
            fields.insert("run_id".to_owned(), id);
        }
        fields.retain(|_, value| !value.is_null());
        Self(Value::Object(fields))
    }

    /// Text of a parameter; `None` if it is absent or no text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Parameters as the type of a route.
    ///
    /// # Errors
    /// A parameter is missing or has a wrong type.
    pub fn decode<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        serde_json::from_value(self.0).map_err(|error| {
            let message: String = error.to_string().chars().take(300).collect();
            ApiError::invalid(format!("Invalid parameters: {message}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mlflow_protocol::request::{MetricHistory, RunId, SearchModels};

    #[test]
    fn a_run_may_have_its_old_name() {
        for body in [r#"{"run_uuid":"a"}"#, r#"{"run_uuid":"x","run_id":"a"}"#, r#"{"run_uuid":"a","run_id":""}"#] {
            assert_eq!(
                Parameters::from_json(body.as_bytes()).unwrap().decode::<RunId>().unwrap().run_id,
                "a",
                "{body}"
            );
        }
    }

    #[test]
    fn a_query_has_numbers_and_lists() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let query = [pair("run_id", "a"), pair("metric_key", "loss"), pair("max_results", "5")];
        assert_eq!(Parameters::from_query(&query).decode::<MetricHistory>().unwrap().max_results, Some(5));
        let query = [pair("order_by", "name"), pair("order_by", "timestamp")];
        assert_eq!(Parameters::from_query(&query).decode::<SearchModels>().unwrap().order_by, ["name", "timestamp"]);
    }

    #[test]
    fn bodies_that_are_no_objects_are_rejected() {
        let deep = "[".repeat(100_000);
        let deeper = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
        for body in ["[]", "1", "\"a\"", "{", "nul", "{\"a\":1}x", "\u{1}", &deep, &deeper] {
            assert!(Parameters::from_json(body.as_bytes()).is_err());
        }
        assert!(Parameters::from_json(b"").unwrap().decode::<RunId>().is_err());
    }
}
