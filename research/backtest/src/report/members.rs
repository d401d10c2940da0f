//! What forecasts together, in one line.

use crate::walk::MemberSummary;
use serde_json::{Map, Value};

/// Each member with its weight, unless it is alone, and its hyper-parameters by the names that the JSON has:
/// `60 % logistic (half_life 2, ridge 0.03) + 40 % boosting (...)`.
pub(super) fn compact(members: &[MemberSummary]) -> String {
    let one = |member: &MemberSummary| {
        let candidate = candidate(&member.candidate);
        if members.len() == 1 { candidate } else { format!("{:.0} % {candidate}", 100.0 * member.weight) }
    };
    members.iter().map(one).collect::<Vec<_>>().join(" + ")
}

fn candidate(candidate: &training::Candidate) -> String {
    // It is built of numbers and names alone, which always become JSON.
    let mut fields: Map<String, Value> =
        serde_json::to_value(candidate).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default();
    let family = fields.remove("family").unwrap_or_default();
    let mut settings: Vec<String> = fields.iter().filter_map(|(name, value)| setting(name, value)).collect();
    // The order of an object's fields depends on what else is built with it.
    settings.sort_unstable();
    format!("{} ({})", family.as_str().unwrap_or_default(), settings.join(", "))
}

/// A switch that is off and a number that is absent are left out.
fn setting(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some(name.to_owned()),
        Value::String(value) => Some(format!("{name} {value}")),
        value => Some(format!("{name} {}", short(value))),
    }
}

/// Three digits; a sampler draws numbers with all of theirs.
fn short(value: &Value) -> String {
    let Some(number) = value.as_f64().filter(|_| value.is_f64()) else { return value.to_string() };
    let magnitude = number.abs().log10().floor();
    if !magnitude.is_finite() {
        return "0".to_owned();
    }
    if magnitude < -4.0 {
        return format!("{number:.2e}");
    }
    let digits = (0..7).find(|&digits| f64::from(digits) >= 2.0 - magnitude).unwrap_or(7);
    let text = format!("{number:.0$}", usize::try_from(digits).unwrap_or_default());
    let trimmed = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    trimmed.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use training::Candidate;

    fn weighted(weight: f64, candidate: Value) -> MemberSummary {
        MemberSummary { weight, candidate: serde_json::from_value::<Candidate>(candidate).unwrap() }
    }

    #[test]
    fn members_have_their_weights_and_only_what_is_set() {
        let logistic = json!({"family": "logistic", "ridge": 0.031234, "half_life": 2.0, "uniqueness": true});
        let forest = json!({"family": "random_forest", "trees": 100, "levels": 3, "leaf_rows": 20, "features": 6,
            "half_life": null, "uniqueness": false});
        assert_eq!(
            compact(&[weighted(0.6, logistic.clone()), weighted(0.4, forest)]),
            "60 % logistic (half_life 2, ridge 0.0312, uniqueness) + \
             40 % random_forest (features 6, leaf_rows 20, levels 3, trees 100)"
        );
        assert_eq!(compact(&[weighted(1.0, logistic)]), "logistic (half_life 2, ridge 0.0312, uniqueness)");
        assert_eq!(compact(&[]), "");
    }

    #[test]
    fn numbers_have_three_digits() {
        for (value, text) in [
            (json!(0.0), "0"),
            (json!(0.5), "0.5"),
            (json!(1.0), "1"),
            (json!(1234.56), "1235"),
            (json!(12.345), "12.3"),
            (json!(0.00031234), "0.000312"),
            (json!(0.0000012345), "1.23e-6"),
            (json!(100), "100"),
        ] {
            assert_eq!(short(&value), text);
        }
    }
}
