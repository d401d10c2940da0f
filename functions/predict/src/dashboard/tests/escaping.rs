//! Text of other systems on the page.

use super::*;

const HOSTILE: &str = "<script>alert(1)</script>\"'&";

#[test]
fn text_of_other_systems_is_escaped() {
    let mut page = page("eth-usd-1d-h1", weak());
    page.status.warnings.push(Warning::new(WarningCode::Unclassified, HOSTILE));
    page.status.training_schedule = Some(HOSTILE.to_owned());
    if let Some(data) = &mut page.status.data {
        data.latest.source = HOSTILE.to_owned();
        if let Some(quality) = &mut data.quality {
            quality.flags[0].detail = HOSTILE.to_owned();
            quality.flags[0].source = HOSTILE.to_owned();
        }
    }
    if let Some(champion) = &mut page.status.champion {
        champion.family = HOSTILE.to_owned();
    }
    let hostile_warning = vec![Warning::new(WarningCode::Unclassified, HOSTILE)];
    page.forecast = page.forecast.map(|forecast| Forecast { warnings: hostile_warning, ..forecast });
    let series = series("eth-usd-1d-h1");
    let hostile = AlertRecord {
        rules: vec![HOSTILE.to_owned()],
        text: HOSTILE.to_owned(),
        report_key: format!("javascript:alert(1)//{HOSTILE}/latest.html"),
        severity: Severity::Critical,
        ..alert(&series, AlertKind::Notice, AlertAction::Warn)
    };
    page.alerts = Ok(vec![hostile]);
    let hostile_change = |change| AliasChange { reason: HOSTILE.to_owned(), ..change };
    page.history = page.history.map(|changes| changes.into_iter().map(hostile_change).collect());
    let html = rendered(&[page.clone()]);
    assert!(!html.contains("<script") && !html.contains("javascript:"), "{html}");
    assert_eq!(html.matches("&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;").count(), 10);

    page.forecast = Err(HOSTILE.to_owned());
    assert!(!rendered(&[page]).contains("<script"));
}
