//! Sentences about a forecast distribution, for mails and the report. ASCII only.

use crate::distribution_record::DistributionRecord;
use contracts::distribution::{Band, Distribution, DistributionBasis, Odds, SkillVerdict};
use jiff::Timestamp;
use web::{format::format_price, format_minute, format_percent, wording};

/// Number of equally likely cases in a sentence about the odds.
const CASES: f64 = 20.0;

/// Sentences about the odds of each size, then about the 80 % band.
pub(crate) fn sentences(distribution: &Distribution, target_time: Timestamp) -> Vec<String> {
    let target = format_minute(target_time);
    let odds = distribution.odds.iter().map(|odds| describe_odds(odds, &target));
    let band = distribution.bands.get(1);
    let basis = match distribution.basis {
        DistributionBasis::Model => "from the champion's distribution model",
        DistributionBasis::Climatology => {
            "the distribution of all earlier moves, because no model is shown to be better"
        }
    };
    let band = band.map(|band| format!("{}; {basis}.", describe_band(band, &target)));
    odds.chain(band).collect()
}

/// Sentence about the track record since the start; empty without one.
pub(crate) fn record_sentence(record: &DistributionRecord) -> String {
    let Some(all) = &record.since_start else { return String::new() };
    let verdict = |skill, interval, baseline| match SkillVerdict::from_skill(skill, interval) {
        SkillVerdict::Shown => format!("better than {baseline} by more than chance explains"),
        SkillVerdict::Weak => format!("better than {baseline} on average, but chance explains that"),
        SkillVerdict::None => format!("no better than {baseline}"),
    };
    let recent = all
        .crps_skill_recent
        .map(|skill| format!("; {}", verdict(skill, all.crps_skill_recent_ci, "the moves of the last 365 days")));
    let [_, share, _] = all.coverage;
    format!(
        "The 80 % bands held {} of {} outcomes. The distributions were {}{}.",
        format_percent(share),
        all.n,
        verdict(all.crps_skill, all.crps_skill_ci, "climatology"),
        recent.unwrap_or_default(),
    )
}

fn describe_odds(odds: &Odds, target: &str) -> String {
    let cases = CASES * odds.either;
    let frequency = match cases.round() {
        0.0 => "in fewer than 1 of 20 such cases".to_owned(),
        rounded => format!("in {rounded:.0} of 20 such cases"),
    };
    format!(
        "By {target} UTC the price moves more than {} {frequency} (probability {}; up {}, down {}).",
        wording::format_size(odds.size),
        format_percent(odds.either),
        format_percent(odds.up),
        format_percent(odds.down),
    )
}

fn describe_band(band: &Band, target: &str) -> String {
    let [low, high] = band.prices.map(format_price);
    let [fall, rise] = band.log_returns.map(|log_return| 100.0 * log_return.exp_m1());
    format!(
        "The {} band at {target} UTC is {low} to {high} ({fall:+.1} to {rise:+.1} %)",
        wording::format_size(band.level)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::distribution::{DistributionEvidence, OddsSizes, Quantiles, StoredDistribution};

    #[test]
    fn the_sentences_name_frequency_sides_and_band() {
        let moves: Vec<f64> = (-100..=100).map(|i| f64::from(i) / 1000.0).collect();
        let quantiles = Quantiles::from_ascending(&moves).unwrap();
        let stored = StoredDistribution {
            basis: DistributionBasis::Climatology,
            close: 2000.0,
            quantiles,
            baseline: quantiles,
            evidence: DistributionEvidence::NONE,
        };
        let series = "eth-usd-1d-h1".parse().unwrap();
        let sizes = OddsSizes::try_from(vec![0.05, 0.5]).unwrap();
        let distribution = Distribution::new(&series, &stored, &sizes);
        let text = sentences(&distribution, "2023-05-06T00:00:00Z".parse().unwrap());
        assert_eq!(text.len(), 3);
        assert!(text[0].starts_with("By 2023-05-06 00:00 UTC the price moves more than 5 % in 10 of 20 such cases"));
        assert!(text[0].contains("; up 25.6 %, down 24.4 %"), "{}", text[0]);
        assert!(text[1].contains("more than 50 % in fewer than 1 of 20 such cases (probability 0.0 %"), "{}", text[1]);
        let band = "The 80 % band at 2023-05-06 00:00 UTC is 1846 to 2167 (-7.7 to +8.3 %); the distribution of all";
        assert!(text[2].starts_with(band), "{}", text[2]);
        assert!(text.iter().all(|sentence| sentence.is_ascii()));
    }
}
