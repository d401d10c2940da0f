//! Merging of JSON documents.

use serde_json::Value;

/// Merges `overrides` into `base`. Objects are merged field by field at every depth; any other value replaces the one in
/// `base`.
///
/// # Examples
/// ```
/// use serde_json::json;
/// let mut settings = json!({"folds": 4, "search": {"trials": 60, "batch": 8}});
/// contracts::merge_json(&mut settings, &json!({"search": {"trials": 5}}));
/// assert_eq!(settings, json!({"folds": 4, "search": {"trials": 5, "batch": 8}}));
/// ```
pub fn merge_json(base: &mut Value, overrides: &Value) {
    match (base, overrides) {
        (Value::Object(base), Value::Object(overrides)) => {
            for (name, value) in overrides {
                merge_json(base.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (base, value) => *base = value.clone(),
    }
}
