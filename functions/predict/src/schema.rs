//! Schemas of types of other crates that the API returns. Those crates do not depend on `utoipa`; tests compare the schemas
//! with the JSON of the types.
#![expect(dead_code, reason = "only the schemas are used")]

use serde::Serialize;
use utoipa::ToSchema;

/// Quality rule that a bar, a batch or the agreement of sources can violate.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QualityRule {
    Unfinished,
    LiveQuote,
    Duplicate,
    ClockSkew,
    OffGrid,
    Conflict,
    Missing,
    NotPositive,
    HighBelowLow,
    OutsideRange,
    SwappedVolume,
    Gap,
    Stale,
    ZeroVolume,
    FlashWick,
    Jump,
    Disagreement,
    Outvoted,
    Fallback,
    Proxy,
    HoursDisagree,
    ExtremesDisagree,
}

/// Violation of a quality rule by a bar.
#[derive(Serialize, ToSchema)]
pub(crate) struct QualityFinding {
    /// Violated rule.
    rule: QualityRule,
    /// Open time of the bar.
    #[schema(format = DateTime)]
    time: String,
    /// Source of the bar.
    source: String,
    /// Values behind the finding, in a sentence.
    detail: String,
}

/// State of the search for a gap.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GapState {
    /// The gap is still searched for.
    Open,
    /// No source has the bars: the market had an outage.
    Outage,
}

/// Status of a version.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VersionStatus {
    /// Registered, and neither promoted nor rejected yet.
    Candidate,
    /// Forecasts beside the champion as a challenger.
    Shadow,
    /// Serves.
    Champion,
    /// Served before, or has left the shadow.
    Retired,
    /// Rejected by the gate.
    Rejected,
}

/// Contribution of one feature to a forecast.
#[derive(Serialize, ToSchema)]
pub(crate) struct Contribution {
    /// Name of the feature.
    feature: String,
    /// Value of the feature.
    value: f64,
    /// Change of the probability of `up`; below zero towards `down`.
    contribution: f64,
}

/// Effect of one input on the width of the bands.
#[derive(Serialize, ToSchema)]
pub(crate) struct WidthFactor {
    /// Name of the input.
    input: String,
    /// Value of the input, in words.
    value: String,
    /// Factor on the width, compared with the training average: 1.2 is 20 % wider. All factors multiply.
    #[schema(minimum = 0)]
    factor: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use market_data::quality::RULES;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;
    use utoipa::PartialSchema;

    fn schema<T: PartialSchema>() -> Value {
        serde_json::to_value(T::schema()).unwrap()
    }

    fn keys(object: &Value) -> BTreeSet<&String> {
        object.as_object().unwrap().keys().collect()
    }

    #[test]
    fn quality_rules_and_states_have_the_names_of_their_json() {
        assert_eq!(schema::<QualityRule>()["enum"], json!(RULES.iter().map(|spec| spec.rule).collect::<Vec<_>>()));
        use market_data::gaps::GapState as State;
        assert_eq!(schema::<GapState>()["enum"], json!([State::Open, State::Outage]));
        use aws::VersionStatus as Status;
        let statuses = [Status::Candidate, Status::Shadow, Status::Champion, Status::Retired, Status::Rejected];
        assert_eq!(schema::<VersionStatus>()["enum"], json!(statuses));
    }

    #[test]
    fn findings_and_contributions_have_the_fields_of_their_json() {
        let finding = market_data::quality::QualityFinding {
            rule: market_data::quality::QualityRule::Gap,
            time: jiff::Timestamp::UNIX_EPOCH,
            source: String::new(),
            detail: String::new(),
        };
        let contribution = model::Contribution { feature: String::new(), value: 0.0, contribution: 0.0 };
        let width = model::WidthFactor { input: String::new(), value: String::new(), factor: 1.0 };
        let (finding, contribution) = (json!(finding), json!(contribution));
        assert_eq!(keys(&schema::<WidthFactor>()["properties"]), keys(&json!(width)));
        assert_eq!(keys(&schema::<QualityFinding>()["properties"]), keys(&finding));
        assert_eq!(keys(&schema::<Contribution>()["properties"]), keys(&contribution));
    }
}
