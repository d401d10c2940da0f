//! Members of an ensemble in one line.

use crate::backtest::refit_record::MemberSummary;
use serde_json::{Map, Value};

/// Members with weights and hyper-parameters, named as in the JSON; a single member has no weight. Example:
/// `60 % logistic (half_life 2, ridge 0.03) + 40 % boosting (...)`.
pub(super) fn compact(members: &[MemberSummary]) -> String {
    let describe = |member: &MemberSummary| {
        let candidate = candidate(&member.candidate);
        if members.len() == 1 { candidate } else { format!("{:.0} % {candidate}", 100.0 * member.weight) }
    };
    members.iter().map(describe).collect::<Vec<_>>().join(" + ")
}

fn candidate(candidate: &training::Candidate) -> String {
    // Numbers and names always serialize.
    let mut fields: Map<String, Value> =
        serde_json::to_value(candidate).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default();
    let family = fields.remove("family").unwrap_or_default();
    let mut settings: Vec<String> = fields.iter().filter_map(|(name, value)| setting(name, value)).collect();
    // The order of an object's fields depends on features of serde_json that another crate may enable.
    settings.sort_unstable();
    format!("{} ({})", family.as_str().unwrap_or_default(), settings.join(", "))
}

/// Hyper-parameter with its value; `None` for a switch that is off and for an absent number.
fn setting(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some(name.to_owned()),
        Value::String(value) => Some(format!("{name} {value}")),
        value => Some(format!("{name} {}", short(value))),
    }
}

/// Number with three significant digits, because a sampler draws numbers with 17.
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

    fn member(weight: f64, candidate: Value) -> MemberSummary {
        MemberSummary { weight, candidate: serde_json::from_value::<Candidate>(candidate).unwrap() }
    }

    #[test]
    fn members_show_weights_and_the_hyper_parameters_that_are_set() {
        let logistic = json!({"family": "logistic", "ridge": 0.031234, "half_life": 2.0, "uniqueness": true});
        let forest = json!({"family": "random_forest", "trees": 100, "levels": 3, "leaf_rows": 20, "features": 6,
            "half_life": null, "uniqueness": false});
        assert_eq!(
            compact(&[member(0.6, logistic.clone()), member(0.4, forest)]),
            "60 % logistic (half_life 2, ridge 0.0312, uniqueness) + \
             40 % random_forest (features 6, leaf_rows 20, levels 3, trees 100)"
        );
        assert_eq!(compact(&[member(1.0, logistic)]), "logistic (half_life 2, ridge 0.0312, uniqueness)");
        assert_eq!(compact(&[]), "");
    }

    #[test]
    fn numbers_have_three_significant_digits() {
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
