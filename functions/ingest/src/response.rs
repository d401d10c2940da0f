//! What ingest answers.

use jiff::Timestamp;
use market_data::{
    Interval, Symbol,
    gaps::Gap,
    quality::{QualityAction, QualityFinding, QualityRule},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// How many findings are listed.
const MAX_FINDINGS: usize = 20;

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IngestStatus {
    /// New bars are stored and announced.
    Ingested,
    /// As `ingested`, but time ran out: it goes on by itself at `resume_from`.
    Partial,
    /// No new bars, but corrected ones; not announced.
    Revised,
    /// Nothing new, but an earlier ingest had died before it announced its bars: now they are.
    Announced,
    /// Everything was stored already.
    NothingNew,
}

/// The answer of one ingest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IngestResponse {
    /// How it went.
    pub status: IngestStatus,
    /// The pair.
    pub symbol: Symbol,
    /// The bars.
    pub interval: Interval,
    /// Whose the last stored bar is.
    pub source: Option<String>,
    /// How many closed bars were delivered, each counted once.
    pub fetched: usize,
    /// How many of them were new.
    pub new_bars: usize,
    /// How many bars have another content than before.
    pub revised: usize,
    /// Open time of the first delivered bar.
    pub first: Option<Timestamp>,
    /// Open time of the last stored bar.
    pub last: Option<Timestamp>,
    /// What is missing in the ranges that were asked for.
    pub gaps: Vec<Gap>,
    /// How often each rule hit, bars that were only left out as unfinished or repeated not counted.
    pub rules: BTreeMap<QualityRule, usize>,
    /// The latest 20 of those.
    pub findings: Vec<QualityFinding>,
    /// Where it goes on, when time ran out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume_from: Option<Timestamp>,
    /// How long it took.
    pub duration_ms: u64,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

impl IngestResponse {
    /// Nothing has happened yet.
    pub(crate) fn new(symbol: Symbol, interval: Interval, status: IngestStatus) -> Self {
        Self {
            status,
            symbol,
            interval,
            source: None,
            fetched: 0,
            new_bars: 0,
            revised: 0,
            first: None,
            last: None,
            gaps: Vec::new(),
            rules: BTreeMap::new(),
            findings: Vec::new(),
            resume_from: None,
            duration_ms: 0,
            warnings: Vec::new(),
        }
    }

    /// Counts findings, and lists the latest.
    pub(crate) fn add_findings(&mut self, found: &[QualityFinding]) {
        for finding in found.iter().filter(|finding| finding.rule.action() != QualityAction::Drop) {
            *self.rules.entry(finding.rule).or_default() += 1;
            self.findings.push(finding.clone());
        }
        self.findings.sort_by_key(|finding| finding.time);
        let surplus = self.findings.len().saturating_sub(MAX_FINDINGS);
        self.findings.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_counted_by_rule_and_the_latest_listed() {
        let mut summary = IngestResponse::new("ETH-USD".parse().unwrap(), Interval::Hour, IngestStatus::Ingested);
        let start: Timestamp = "2023-01-01T00:00:00Z".parse().unwrap();
        let finding = |rule, hour| QualityFinding {
            rule,
            time: Interval::Hour.step(start, hour),
            source: "coinbase".to_owned(),
            detail: String::new(),
        };
        let found: Vec<QualityFinding> = (0..30).map(|hour| finding(QualityRule::ZeroVolume, hour)).collect();
        summary.add_findings(&found);
        summary.add_findings(&[finding(QualityRule::Jump, 3), finding(QualityRule::Unfinished, 31)]);
        assert_eq!(summary.rules, BTreeMap::from([(QualityRule::ZeroVolume, 30), (QualityRule::Jump, 1)]));
        assert_eq!((summary.findings.len(), summary.findings[19].clone()), (MAX_FINDINGS, found[29].clone()));
    }
}
