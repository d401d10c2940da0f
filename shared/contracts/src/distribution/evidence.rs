//! Evidence for a forecast distribution.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Conclusion from a skill and its interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SkillVerdict {
    /// No better than climatology.
    #[default]
    None,
    /// Better on average, but chance explains it.
    Weak,
    /// Better, and the interval of the skill excludes zero.
    Shown,
}

impl SkillVerdict {
    /// Verdict of a measured skill. Without an interval it is at most weak.
    #[must_use]
    pub fn from_skill(skill: f64, interval: Option<[f64; 2]>) -> Self {
        match interval {
            Some([lo, _]) if lo > 0.0 => Self::Shown,
            _ if skill > 0.0 => Self::Weak,
            _ => Self::None,
        }
    }

    /// Name as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Weak => "weak",
            Self::Shown => "shown",
        }
    }
}

/// Share of outcomes inside the central 80 % band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Coverage {
    /// Share of the outcomes inside the band, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub share: f64,
    /// Number of outcomes.
    pub n: usize,
}

/// Measured advantage of the forecast distribution over climatology's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct DistributionEvidence {
    /// Conclusion from the skill and its interval.
    #[schema(required)]
    pub verdict: SkillVerdict,
    /// CRPS skill over climatology on the hold-out, `1 - CRPS / CRPS of climatology`, at most 1; above zero is better.
    #[schema(required)]
    pub crps_skill: f64,
    /// 95 % block-bootstrap interval of the skill, low and high; null with fewer than 30 independent outcomes.
    #[schema(value_type = Option<Vec<f64>>, min_items = 2, max_items = 2, required)]
    pub crps_skill_ci: Option<[f64; 2]>,
    /// Number of outcomes that the skill was measured on.
    #[schema(required)]
    pub n: usize,
    /// Coverage of the 80 % band on the same outcomes; null without outcomes.
    #[schema(required)]
    pub coverage_80: Option<Coverage>,
}

impl DistributionEvidence {
    /// Evidence of a distribution that was never measured.
    pub const NONE: Self =
        Self { verdict: SkillVerdict::None, crps_skill: 0.0, crps_skill_ci: None, n: 0, coverage_80: None };
}
