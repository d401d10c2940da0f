//! Checks of names, keys and values.

use crate::{ApiError, Result, limits};

/// Checks the number of characters of `value`.
///
/// # Errors
/// It has more than `limit`.
pub fn check_length(name: &str, value: &str, limit: usize) -> Result<()> {
    if value.len() > limit && value.chars().count() > limit {
        return Err(ApiError::invalid(format!("'{name}' exceeds the maximum length of {limit} characters")));
    }
    Ok(())
}

/// True if `name` is no clean relative path: it is absolute, or has `.`, `..` or empty parts.
fn is_unclean_path(name: &str) -> bool {
    name.split('/').any(|part| matches!(part, "" | "." | ".."))
}

fn check_key(kind: &str, key: &str) -> Result<()> {
    if key.is_empty() {
        return Err(ApiError::invalid(format!("{kind} name cannot be empty. A key name must be provided.")));
    }
    check_length(&format!("{kind} name"), key, limits::MAX_KEY_CHARS)?;
    if is_unclean_path(key) {
        return Err(ApiError::invalid(format!(
            "Invalid value \"{key}\" for {kind} name: names may be treated as file paths, and must be clean relative ones"
        )));
    }
    Ok(())
}

/// Checks the key of a metric or param.
///
/// # Errors
/// It is empty, longer than 250 characters, no clean path, or has other characters than letters, digits and `_ - . / : ` and space.
pub fn check_metric_or_param_key(kind: &str, key: &str) -> Result<()> {
    check_key(kind, key)?;
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '/' | ':');
    if key.chars().all(is_allowed) {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Invalid value \"{key}\" for {kind} name: names may only contain alphanumerics, underscores (_), dashes (-), \
         periods (.), spaces ( ), colons(:) and slashes (/)."
    )))
}

/// Checks key and value of a tag; `limit` is that of its value.
///
/// # Errors
/// The key is not allowed, or a text is too long.
pub fn check_tag(key: &str, value: &str, limit: usize) -> Result<()> {
    check_key("tag", key)?;
    check_length("tag value", value, limit)
}

/// Checks an experiment's name.
///
/// # Errors
/// It is empty or longer than 500 characters.
pub fn check_experiment_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(ApiError::invalid("Invalid experiment name: ''"));
    }
    check_length("name", name, limits::MAX_EXPERIMENT_NAME_CHARS)
}

/// Checks the name of a registered model.
///
/// # Errors
/// It is empty, too long, `.` or `..`, or has `/`, `:` or a control character.
pub fn check_model_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(ApiError::invalid("Missing value for required parameter 'name'"));
    }
    check_length("name", name, limits::MAX_MODEL_NAME_CHARS)?;
    if name.contains(['/', ':']) || name.chars().any(char::is_control) || is_unclean_path(name) {
        return Err(ApiError::invalid(format!("Invalid model name '{name}'. Names cannot contain '/' or ':'.")));
    }
    Ok(())
}

/// Checks an alias.
///
/// # Errors
/// It is empty, too long, reserved (`latest`, `v1`), or has other characters than letters, digits, `_` and `-`.
pub fn check_alias(alias: &str) -> Result<()> {
    if alias.is_empty() {
        return Err(ApiError::invalid("Registered model alias name cannot be empty."));
    }
    check_length("alias", alias, limits::MAX_ALIAS_CHARS)?;
    if !alias.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
        return Err(ApiError::invalid(format!(
            "Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-)."
        )));
    }
    let digits = alias.strip_prefix(['v', 'V']).unwrap_or_default();
    if alias.eq_ignore_ascii_case("latest") || (!digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())) {
        return Err(ApiError::invalid(format!("Alias name '{alias}' is reserved.")));
    }
    Ok(())
}

/// Checks the name of a logged model.
///
/// # Errors
/// It is empty, too long, or has one of `/ : . % " '`.
pub fn check_logged_model_name(name: &str) -> Result<()> {
    check_length("name", name, limits::MAX_MODEL_NAME_CHARS)?;
    if name.is_empty() || name.contains(['/', ':', '.', '%', '"', '\'']) {
        return Err(ApiError::invalid(format!(
            "Invalid model name '{name}': it must be a non-empty string without '/', ':', '.', '%', '\"' and '\\''"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_the_rules_of_mlflow() {
        for key in ["loss", "val/loss", "a b", "naïve:1", "x-1.2_"] {
            assert!(check_metric_or_param_key("metric", key).is_ok(), "{key}");
        }
        let long = "k".repeat(251);
        for key in ["", "../x", "/x", "a//b", "a/./b", "a\\b", "a;b", "é\u{0}", "..", &long] {
            assert!(check_metric_or_param_key("metric", key).is_err(), "{key}");
        }
    }

    #[test]
    fn reserved_aliases_and_names_are_rejected() {
        for alias in ["champion", "v", "v1a", "latest2", "1"] {
            assert!(check_alias(alias).is_ok(), "{alias}");
        }
        for alias in ["", "latest", "LATEST", "v1", "V23", "a b", "a/b", "@"] {
            assert!(check_alias(alias).is_err(), "{alias}");
        }
        for name in ["", " ", "a/b", "a:b", ".", "..", "a\nb"] {
            assert!(check_model_name(name).is_err(), "{name}");
        }
        assert!(check_model_name("eth forecast.v2").is_ok());
        assert!(check_logged_model_name("a.b").is_err() && check_logged_model_name("model").is_ok());
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(check_length("x", &"é".repeat(10), 10).is_ok());
        assert!(check_length("x", &"é".repeat(11), 10).is_err());
    }
}
