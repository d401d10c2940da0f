//! Table of the versions that forecast: the champion and its challengers.

use crate::{baseline::StoredExperts, overview::ChampionStatus};
use aws::VersionRecord;
use contracts::{
    expert::Expert,
    forecast::Edge,
    report::{LiveEvidence, LivePart, ReportSummary},
};
use market_data::numbers::counted;
use web::{format::UNKNOWN, format_percent, format_signed};

/// Text in place of live evidence of the champion, which challengers are compared with.
const REFERENCE: &str = "reference";

/// Version with its weight and evidence in words.
#[derive(Debug)]
pub(super) struct VersionRow {
    pub(super) version: u32,
    pub(super) role: &'static str,
    pub(super) weight: String,
    /// Brier skill on the hold-out.
    pub(super) holdout: String,
    /// Live evidence of its direction.
    pub(super) direction: String,
    /// Live evidence of its distribution.
    pub(super) distribution: String,
}

impl VersionRow {
    /// Rows of the champion and of its challengers. The report is absent if it could not be read, and `None` before the first.
    pub(super) fn all(
        champion: Option<&ChampionStatus>,
        challengers: &[VersionRecord],
        experts: Option<&StoredExperts>,
        report: Option<&Option<ReportSummary>>,
    ) -> Vec<Self> {
        let serving = champion.map(|champion| {
            // The track record is that of the mixture.
            let (direction, distribution) = (REFERENCE.to_owned(), REFERENCE.to_owned());
            Self { direction, distribution, ..Self::new(champion.version, "serves", &champion.edge, experts) }
        });
        let challengers = challengers.iter().map(|record| {
            let row = Self::new(record.version, "challenger", &record.edge, experts);
            let Some(report) = report else { return row };
            let known = report.iter().flat_map(|report| &report.challengers);
            let live = known.into_iter().find(|challenger| challenger.version == record.version);
            let live = live.map(|challenger| &challenger.evidence);
            let part = |part: fn(&LiveEvidence) -> Option<LivePart>| live_part(live.and_then(part));
            Self { direction: part(|live| live.direction), distribution: part(|live| live.distribution), ..row }
        });
        serving.into_iter().chain(challengers).collect()
    }

    fn new(version: u32, role: &'static str, edge: &Edge, experts: Option<&StoredExperts>) -> Self {
        let weight = experts.and_then(|experts| experts.weight(Expert::Version(version)));
        Self {
            version,
            role,
            weight: weight.map_or_else(|| "none yet".to_owned(), format_percent),
            holdout: match edge.n {
                0 => "not measured".to_owned(),
                _ => format_signed(edge.brier_skill, edge.brier_skill_ci),
            },
            direction: UNKNOWN.to_owned(),
            distribution: UNKNOWN.to_owned(),
        }
    }
}

/// Live evidence of one part: `skill +0.012, e-value 3.1 of 400 after 41 outcomes`.
fn live_part(part: Option<LivePart>) -> String {
    let Some(part) = part else { return "no outcome yet".to_owned() };
    let skill = part.skill.map_or_else(|| UNKNOWN.to_owned(), |skill| format!("{skill:+.3}"));
    let evidence = part.e_value_of_threshold();
    let evidence = evidence.map_or_else(|| UNKNOWN.to_owned(), |(value, needed)| format!("{value:.1} of {needed:.0}"));
    let verdict = if part.better { "; shown to be better" } else { "" };
    format!("skill {skill}, e-value {evidence} after {}{verdict}", counted(part.n, "outcome"))
}

/// Weights of the base rate and of all frequencies, in words; `None` where no mixture is stored.
pub(super) fn other_weights(experts: &StoredExperts) -> Option<String> {
    let base = experts.weight(Expert::Climatology)?;
    let is_frequency = |expert: Expert| !matches!(expert, Expert::Climatology | Expert::Version(_));
    let others = experts.forecasts.iter().filter(|forecast| is_frequency(forecast.expert));
    let frequencies: f64 = others.map(|forecast| forecast.weight).sum();
    let (base, frequencies) = (format_percent(base), format_percent(frequencies));
    Some(format!("base rate {base}, frequencies of up after such bars and at such times {frequencies}"))
}
