//! Response of an ingest.

use jiff::Timestamp;
use market_data::{
    Interval, Symbol,
    gaps::Gap,
    quality::{QualityAction, QualityFinding, QualityRule},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Largest number of findings in the response.
const MAX_FINDINGS: usize = 20;

/// Outcome of an ingest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IngestStatus {
    /// New bars are stored and published.
    Ingested,
    /// As `ingested`, but time ran out. The back-fill resumes by itself at `resume_from`.
    Partial,
    /// No new bars, but revised ones, which are not published.
    Revised,
    /// No new bars. Bars of an earlier ingest that died before it published them are published now.
    Published,
    /// All closed bars were stored already.
    UpToDate,
}

/// Response of one ingest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IngestResponse {
    /// Outcome.
    pub status: IngestStatus,
    /// Symbol of the bars.
    pub symbol: Symbol,
    /// Interval of the bars.
    pub interval: Interval,
    /// Origin of the last stored bar; `None` if no bar is stored.
    pub source: Option<String>,
    /// Number of closed bars that were delivered, each counted once.
    pub fetched: usize,
    /// Number of those that were new.
    pub new_bars: usize,
    /// Number of stored bars whose values changed.
    pub revised: usize,
    /// Open time of the first delivered bar; `None` if none was delivered.
    pub first: Option<Timestamp>,
    /// Open time of the last stored bar; `None` if no bar is stored.
    pub last: Option<Timestamp>,
    /// Gaps in the ranges that were requested.
    pub gaps: Vec<Gap>,
    /// Number of findings of each rule. Bars dropped as unfinished or repeated do not count.
    pub rules: BTreeMap<QualityRule, usize>,
    /// Latest findings, at most 20.
    pub findings: Vec<QualityFinding>,
    /// Open time at which the back-fill resumes; absent if nothing is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume_from: Option<Timestamp>,
    /// Duration in milliseconds.
    pub duration_ms: u64,
    /// Warnings for the operator.
    pub warnings: Vec<String>,
}

impl IngestResponse {
    /// Response of an ingest that has done nothing yet.
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

    /// Counts findings and keeps the latest.
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
        let mut response = IngestResponse::new("ETH-USD".parse().unwrap(), Interval::Hour, IngestStatus::Ingested);
        let start: Timestamp = "2023-01-01T00:00:00Z".parse().unwrap();
        let finding = |rule, hour| QualityFinding {
            rule,
            time: Interval::Hour.step(start, hour),
            source: "coinbase".to_owned(),
            detail: String::new(),
        };
        let found: Vec<QualityFinding> = (0..30).map(|hour| finding(QualityRule::ZeroVolume, hour)).collect();
        response.add_findings(&found);
        response.add_findings(&[finding(QualityRule::Jump, 3), finding(QualityRule::Unfinished, 31)]);
        assert_eq!(response.rules, BTreeMap::from([(QualityRule::ZeroVolume, 30), (QualityRule::Jump, 1)]));
        assert_eq!((response.findings.len(), response.findings[19].clone()), (MAX_FINDINGS, found[29].clone()));
    }
}
