//! Next step after the gate's verdict on a version: promotion, rejection or none.

use aws::{StoredVerdict, VersionRecord, VersionStatus};

/// The step that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextStep {
    /// None: an earlier attempt promoted it. Since then it may have been rolled back.
    Nothing,
    /// Promotion: it passed the gate against the champion that still serves.
    Promote,
    /// Rejection, although it passed the gate: the champion that it was judged against no longer serves.
    RejectOutdated,
    /// Admission to the shadow: it did not pass the gate, but was better than climatology on the hold-out.
    Admit,
    /// Rejection: it did not pass the gate.
    Reject,
}

/// The step that is left while version `champion` serves. A verdict holds against the champion that the version was judged
/// against, and only once.
pub(crate) fn next_step(version: &VersionRecord, champion: u32) -> NextStep {
    let verdict = version.verdict.as_ref();
    let passed = verdict.is_some_and(StoredVerdict::is_promoted);
    let admitted = verdict.is_some_and(StoredVerdict::is_admitted);
    match version.status {
        VersionStatus::Champion | VersionStatus::Retired | VersionStatus::Shadow => NextStep::Nothing,
        VersionStatus::Candidate if passed && version.judged_against == Some(champion) => NextStep::Promote,
        VersionStatus::Candidate if admitted && !passed => NextStep::Admit,
        VersionStatus::Candidate | VersionStatus::Rejected if passed => NextStep::RejectOutdated,
        VersionStatus::Candidate | VersionStatus::Rejected => NextStep::Reject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws::StoredEvaluation;
    use contracts::forecast::Edge;
    use jiff::Timestamp;

    fn version(status: VersionStatus, promoted: bool, judged_against: Option<u32>) -> VersionRecord {
        VersionRecord {
            series: "eth-usd-1d-h1".parse().unwrap(),
            version: 2,
            run: "run".to_owned(),
            family: "logistic".to_owned(),
            artifact_key: "models/x".to_owned(),
            drift_key: None,
            sha256: "ab".to_owned(),
            format: 1,
            trained_at: Timestamp::UNIX_EPOCH,
            registered_at: Timestamp::UNIX_EPOCH,
            status,
            edge: Edge::NONE,
            base_rate: 0.5,
            evaluation: StoredEvaluation::default(),
            verdict: Some(StoredVerdict { promoted: Some(promoted), ..StoredVerdict::default() }),
            judged_against,
            live_alpha: None,
            stored_at: None,
        }
    }

    /// Version 2 was judged against version 1, its training died, and version 3 was promoted before the retry.
    #[test]
    fn a_verdict_against_another_champion_does_not_promote() {
        let judged = version(VersionStatus::Candidate, true, Some(1));
        assert_eq!(next_step(&judged, 1), NextStep::Promote);
        assert_eq!(next_step(&judged, 3), NextStep::RejectOutdated);
        let unknown = version(VersionStatus::Candidate, true, None);
        assert_eq!(next_step(&unknown, 1), NextStep::RejectOutdated, "of a release that did not record it");
    }

    #[test]
    fn a_rolled_back_version_is_not_promoted_again() {
        assert_eq!(next_step(&version(VersionStatus::Retired, true, Some(1)), 1), NextStep::Nothing);
        assert_eq!(next_step(&version(VersionStatus::Champion, true, Some(1)), 2), NextStep::Nothing);
    }

    #[test]
    fn a_repeated_attempt_takes_the_same_step() {
        assert_eq!(next_step(&version(VersionStatus::Rejected, true, Some(1)), 1), NextStep::RejectOutdated);
        assert_eq!(next_step(&version(VersionStatus::Rejected, false, Some(1)), 1), NextStep::Reject);
        assert_eq!(next_step(&version(VersionStatus::Candidate, false, Some(1)), 1), NextStep::Reject);
    }
}
