//! Combined decision on a version: direction and distribution.

use super::{direction::GateDecision, distribution::DistributionGateDecision};
use serde::{Deserialize, Serialize};

/// Parts of a challenger that replace those of the champion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromotedParts {
    /// Neither: the champion stays.
    None,
    /// The direction; the version keeps the champion's distribution.
    Direction,
    /// The distribution; the version keeps the champion's direction.
    Distribution,
    /// Both.
    Both,
}

/// Decision on a version: which of its parts replace those of the champion.
///
/// A version is registered with the parts that will serve together. With [`PromotedParts::Distribution`] its artifact has the
/// direction of the champion, with its edge, and the distribution of the challenger; with [`PromotedParts::Direction`] it is
/// the other way round. Each part has an error rate of its own: without skill in either, at most 10 % of trainings promote
/// anything at the default confidence of 95 %.
///
/// It is stored as the verdict of a run and version. Readers need `promoted` and `reasons`, at the same place as in a stored
/// [`GateDecision`]; `parts`, `direction` and `distribution` are additional. Training may reject a part that passed its gate. It
/// does so before both decisions are combined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VersionDecision {
    /// True if the version becomes the champion: at least one part is promoted.
    pub promoted: bool,
    /// Conclusion in one sentence, then the reasons of each part with its name.
    pub reasons: Vec<String>,
    /// Parts that are promoted.
    pub parts: PromotedParts,
    /// True if the version is admitted to the shadow: a part of it was better than climatology on the hold-out, on average.
    #[serde(default)]
    pub admitted: bool,
    /// Decision on the direction.
    pub direction: GateDecision,
    /// Decision on the distribution; absent if there was none to judge.
    pub distribution: Option<DistributionGateDecision>,
}

impl VersionDecision {
    /// Combines the decisions on both parts.
    #[must_use]
    pub fn new(direction: GateDecision, distribution: Option<DistributionGateDecision>, admitted: bool) -> Self {
        let parts = match (direction.promoted, distribution.as_ref().is_some_and(|decision| decision.promoted)) {
            (true, true) => PromotedParts::Both,
            (true, false) => PromotedParts::Direction,
            (false, true) => PromotedParts::Distribution,
            (false, false) => PromotedParts::None,
        };
        let of = |part: &str, reasons: &[String]| -> Vec<String> {
            reasons.iter().map(|reason| format!("{part}: {reason}")).collect()
        };
        let mut reasons = vec![conclusion(parts, admitted).to_owned()];
        reasons.extend(of("direction", &direction.reasons));
        reasons.extend(distribution.iter().flat_map(|decision| of("distribution", &decision.reasons)));
        Self { promoted: parts != PromotedParts::None, reasons, parts, admitted, direction, distribution }
    }

    /// True if the version serves the challenger's direction, or is not promoted.
    #[must_use]
    pub fn has_own_direction(&self) -> bool {
        self.parts != PromotedParts::Distribution
    }

    /// True if the version serves the challenger's distribution, or is not promoted.
    #[must_use]
    pub fn has_own_distribution(&self) -> bool {
        self.parts != PromotedParts::Direction
    }
}

const fn conclusion(parts: PromotedParts, admitted: bool) -> &'static str {
    match parts {
        PromotedParts::None if admitted => "admitted to the shadow: its live forecasts will decide",
        PromotedParts::None => "not promoted: neither direction nor distribution is shown to be better",
        PromotedParts::Direction => "promoted: its direction is better; the champion's distribution is kept",
        PromotedParts::Distribution => "promoted: its distribution is better; the champion's direction is kept",
        PromotedParts::Both => "promoted: both direction and distribution are better",
    }
}
