//! What ingest answers.

use domain::{
    Interval, Symbol,
    gaps::Gap,
    quality::{Action, Finding, Rule},
};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many findings are listed.
const LISTED: usize = 20;

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
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
pub struct Summary {
    /// How it went.
    pub status: Status,
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
    pub rules: BTreeMap<Rule, usize>,
    /// The latest 20 of those.
    pub findings: Vec<Finding>,
    /// Where it goes on, when time ran out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume_from: Option<Timestamp>,
    /// How long it took.
    pub duration_ms: u64,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

impl Summary {
    /// Nothing has happened yet.
    pub(crate) fn new(symbol: Symbol, interval: Interval, status: Status) -> Self {
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
    pub(crate) fn note_findings(&mut self, found: &[Finding]) {
        for finding in found.iter().filter(|finding| finding.rule.action() != Action::Drop) {
            *self.rules.entry(finding.rule).or_default() += 1;
            self.findings.push(finding.clone());
        }
        self.findings.sort_by_key(|finding| finding.time);
        let surplus = self.findings.len().saturating_sub(LISTED);
        self.findings.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_counted_by_rule_and_the_latest_listed() {
        let mut summary = Summary::new("ETH-USD".parse().unwrap(), Interval::Hour, Status::Ingested);
        let start: Timestamp = "2023-01-01T00:00:00Z".parse().unwrap();
        let finding = |rule, hour| Finding {
            rule,
            time: Interval::Hour.step(start, hour),
            source: "coinbase".to_owned(),
            detail: String::new(),
        };
        let found: Vec<Finding> = (0..30).map(|hour| finding(Rule::ZeroVolume, hour)).collect();
        summary.note_findings(&found);
        summary.note_findings(&[finding(Rule::Jump, 3), finding(Rule::Unfinished, 31)]);
        assert_eq!(summary.rules, BTreeMap::from([(Rule::ZeroVolume, 30), (Rule::Jump, 1)]));
        assert_eq!((summary.findings.len(), summary.findings[19].clone()), (LISTED, found[29].clone()));
    }
}
