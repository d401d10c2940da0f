//! Sentence about the skill of distributions.

use super::comparison::{BaselineComparison, Skill};
use contracts::TOO_FEW;
use contracts::distribution::SkillVerdict;

/// Conclusion about the skill over climatology, with a sentence about both baselines. `coverage_80` is the share of outcomes in
/// the 80 % band. Without a model there is no skill.
pub(super) fn assess(
    climatology: &BaselineComparison,
    recent: Option<&BaselineComparison>,
    from_model: bool,
    n_effective: f64,
    coverage_80: f64,
) -> (SkillVerdict, String) {
    let ending = format!(
        "the 80 % band held {:.1} % of {} outcomes, {n_effective:.0} of them independent",
        100.0 * coverage_80,
        climatology.n
    );
    let second = recent.map(|recent| compare("the last 365 days", &recent.crps_skill));
    if !from_model {
        let second = second.map_or_else(String::new, |second| format!("; CRPS {second}"));
        let first =
            "No skill: every distribution is climatology, because models were worse in the folds or had too few moves";
        return (SkillVerdict::None, format!("{first}{second}; {ending}."));
    }
    let Skill { skill, interval } = climatology.crps_skill;
    let verdict = SkillVerdict::from_skill(skill, interval);
    let first = compare("climatology", &climatology.crps_skill);
    let second = second.unwrap_or_else(|| "not compared with the last 365 days, which had no settled move".to_owned());
    let opening = match (verdict, recent.is_some_and(|recent| recent.crps_skill.is_shown())) {
        (SkillVerdict::Shown, true) => "The distribution beats both baselines",
        (SkillVerdict::Shown, false) => "The distribution beats climatology only",
        (SkillVerdict::Weak, _) => "No skill of the distribution is shown",
        (SkillVerdict::None, _) => "No skill of the distribution",
    };
    (verdict, format!("{opening}: CRPS {first}, and {second}; {ending}."))
}

/// Comparison with one baseline, as part of a sentence.
fn compare(baseline: &str, skill: &Skill) -> String {
    let Skill { skill, interval } = *skill;
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let Some([lo, hi]) = interval else {
        let finding = if skill < 0.0 { "worse than" } else { "better than" };
        return format!("{} % {finding} {baseline} ({TOO_FEW})", percent(skill.abs()));
    };
    // An interval around a difference, in the direction of the sentence.
    let (finding, skill, lo, hi) = match skill {
        _ if lo > 0.0 => ("better than", skill, lo, hi),
        _ if hi < 0.0 => ("worse than", -skill, -hi, -lo),
        _ => {
            return format!(
                "not shown to differ from {baseline} ({} %, {} to {})",
                signed(skill),
                signed(lo),
                signed(hi)
            );
        }
    };
    format!("{} % {finding} {baseline} ({} to {})", percent(skill), percent(lo), percent(hi))
}

/// Per cent with its sign.
fn signed(share: f64) -> String {
    format!("{:+.1}", 100.0 * share)
}
