//! The alert: its subject, its text and its machine-readable body.

use crate::{drift::Drift, findings::Findings};
use domain::{
    Series,
    drift::{DriftReport, FeatureDrift, Performance},
    event::Alert,
    monitor::{Action, AlertKind, Severity},
};
use std::fmt::Write as _;

/// The subject of the mail.
pub(crate) fn subject(series: &Series) -> String {
    format!("Weathervane: {series} drift confirmed")
}

/// The alert for a confirmed drift, with its report at `report_key` in `bucket`.
pub(crate) fn alert(findings: &Findings<'_>, drift: &Drift, bucket: &str, report_key: &str) -> Alert {
    let Findings { series, market, champion, realised, config, .. } = findings;
    let as_of = market.as_of;
    let artifact = &champion.artifact;
    let version = champion.version;
    let mut text = format!(
        "Weathervane has confirmed drift for {series}.\n\n\
         Seen at   {as_of}\n\
         Since     {}\n\
         Champion  version {version} ({}), trained {}\n\n\
         What happened\n",
        drift.decision.since.map_or_else(|| "unknown".to_owned(), |since| since.to_string()),
        artifact.family(),
        artifact.trained_at,
    );
    for reason in &drift.decision.reasons {
        line(&mut text, &format!("  - {reason}"));
    }
    if let Some(window) = drift.windows.last() {
        text.push_str("\nFeatures that moved most (distance by threshold; above 1 is drift)\n");
        for feature in most_moved(window).into_iter().take(5) {
            line(&mut text, &format!("  {:<20} {:>6.2}", feature.name, feature.ratio));
        }
    }
    text.push_str("\nTrack record against climatology (log loss, lower is better)\n");
    line(&mut text, &format!("  this champion  {}", record(realised.champion.as_ref())));
    line(&mut text, &format!("  recent         {}", record(realised.rolling.as_ref())));
    let _ = write!(
        text,
        "\nWhat the system does\n  \
         A training of {series} has started. Its result serves only if it passes the gate; until then version \
         {version} goes on serving.\n  \
         No further alert for this series comes before {}.\n\n\
         Report  s3://{bucket}/{report_key}\n",
        series.interval.step(as_of, i64::from(config.cooldown_bars)),
    );
    Alert {
        series: (*series).clone(),
        version,
        as_of,
        kind: AlertKind::Drift,
        action: Action::Retrain,
        severity: Severity::Warning,
        rules: vec![],
        since: drift.decision.since,
        reasons: drift.decision.reasons.clone(),
        report_key: report_key.to_owned(),
        text,
    }
}

/// Features by how far they are beyond their thresholds, the farthest first.
pub(crate) fn most_moved(window: &DriftReport) -> Vec<&FeatureDrift> {
    let mut features: Vec<_> = window.features.iter().collect();
    features.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
    features
}

fn record(performance: Option<&Performance>) -> String {
    performance.map_or_else(
        || "no settled forecast yet".to_owned(),
        |p| format!("{:.4} against {:.4}, {} forecasts", p.log_loss, p.log_loss_climatology, p.n),
    )
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{champion, crisis, day, of_bars, reference, series};
    use domain::drift::DriftConfig;

    #[test]
    fn the_mail_says_what_happened_since_when_and_what_is_done_about_it() {
        let series = series("eth-usd-1d-h1");
        let champion = champion(&series, day(900));
        let bars = crisis(960, 40, 5);
        let reference = reference(&champion, &bars[..900]);
        let (market, config) = (of_bars(bars), DriftConfig::default());
        let findings = Findings::new(&series, &market, &champion, Some(&reference), &[], &config).unwrap();
        let drift = findings.confirmed().unwrap();
        let alert = alert(&findings, drift, "bucket", "reports/eth-usd-1d-h1/x.html");
        assert_eq!(subject(&series), "Weathervane: eth-usd-1d-h1 drift confirmed");
        let since = drift.decision.since.unwrap().to_string();
        for text in [
            since.as_str(),
            "version 3 (logistic)",
            "windows of 30 bars",
            "A training of eth-usd-1d-h1 has started",
            "s3://bucket/reports/eth-usd-1d-h1/x.html",
            &day(1007).to_string()[..10],
        ] {
            assert!(alert.text.contains(text), "{text} is not in\n{}", alert.text);
        }
        assert!(alert.text.is_ascii() && alert.text.lines().all(|line| line.len() <= 240));
        assert_eq!((alert.version, alert.as_of), (3, market.as_of));
    }
}
