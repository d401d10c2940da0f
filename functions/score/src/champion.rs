//! The champion of a series, and its reading from registry and bucket.

use crate::error::ScoreError;
use aws::{ModelRegistry, ObjectStore, keys};
use jiff::Timestamp;
use market_data::Series;
use model::Artifact;
use monitoring::drift::DriftReference;
use serde::Deserialize;

/// Verified champion.
#[derive(Debug)]
pub(crate) struct Champion {
    pub(crate) version: u32,
    /// SHA-256 of the artifact, hexadecimal.
    pub(crate) sha256: String,
    pub(crate) artifact: Artifact,
    /// Upper end of the 95 % interval of the hold-out log loss minus climatology's, usually below zero. Absent when the
    /// version has no such evaluation.
    pub(crate) holdout_excess_bound: Option<f64>,
}

/// Reads and verifies the champion, with its drift reference if that is readable. `None` without a champion.
///
/// A time that was scored before keeps the champion that scored it, so that a repeated or late event finds what the first one
/// found, although another version may serve by now.
pub(crate) async fn load_champion(
    registry: &ModelRegistry,
    storage: &ObjectStore,
    series: &Series,
    as_of: Timestamp,
) -> Result<Option<(Champion, Option<DriftReference>)>, ScoreError> {
    let action = "look up the champion";
    let champion = registry.champion(series).await.map_err(ScoreError::store_error(action))?;
    let Some(mut record) = champion else { return Ok(None) };
    let report = storage.get(&keys::report(series, as_of, "json")).await;
    let report = report.map_err(ScoreError::store_error("read an earlier report"))?;
    let scored_by = report.and_then(|report| scored_by(&report));
    if let Some(version) = scored_by.filter(|version| *version != record.version) {
        let earlier = registry.version(series, version).await.map_err(ScoreError::store_error(action))?;
        record = earlier.unwrap_or(record);
    }
    let version = record.version;
    let bytes = match storage.get(&record.artifact_key).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(ScoreError::ModelMissing { version, key: record.artifact_key }),
        Err(source @ aws::Error::TooLarge { .. }) => {
            return Err(ScoreError::ModelTooLarge { version, source: Box::new(source) });
        }
        Err(error) => return Err(ScoreError::store_error("read the champion's artifact")(error)),
    };
    let artifact = Artifact::from_bytes(&bytes, &record.sha256)
        .map_err(|source| ScoreError::ModelRejected { version, source: Box::new(source) })?;
    let reference = match &record.drift_key {
        Some(key) => {
            let bytes = storage.get(key).await.map_err(ScoreError::store_error("read the drift reference"))?;
            bytes.and_then(|bytes| parse_reference(key, &bytes))
        }
        None => None,
    };
    let holdout_excess_bound = record.evaluation.log_loss_difference_bound();
    Ok(Some((Champion { version, sha256: record.sha256, artifact, holdout_excess_bound }, reference)))
}

#[derive(Deserialize)]
struct EarlierReport {
    champion: EarlierChampion,
}

#[derive(Deserialize)]
struct EarlierChampion {
    version: u32,
}

/// Version that a report is about; `None` if the report cannot be parsed.
fn scored_by(report: &[u8]) -> Option<u32> {
    serde_json::from_slice::<EarlierReport>(report).ok().map(|report| report.champion.version)
}

/// Parses a drift reference. One that cannot be read is logged and ignored, because forecasts do not need it.
fn parse_reference(key: &str, bytes: &[u8]) -> Option<DriftReference> {
    serde_json::from_slice(bytes)
        .inspect_err(|error| tracing::error!(key, %error, "skipped feature drift: failed to parse drift reference"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bars, champion, day, drift_reference, series};

    #[test]
    fn a_report_names_the_version_that_scored_its_time() {
        let report = br#"{"series":"eth-usd-1d-h1","champion":{"version":17,"family":"logistic"},"recent":[]}"#;
        assert_eq!(scored_by(report), Some(17));
        assert_eq!((scored_by(&report[..60]), scored_by(b"{}")), (None, None));
    }

    #[test]
    fn a_corrupt_drift_reference_is_ignored() {
        let reference = drift_reference(&champion(&series("eth-usd-1d-h1"), day(600)), &bars(600, 1));
        let bytes = serde_json::to_vec(&reference).unwrap();
        assert_eq!(parse_reference("key", &bytes).map(|parsed| parsed.window_bars), Some(reference.window_bars));
        assert!(parse_reference("key", &bytes[..bytes.len() / 2]).is_none());
    }
}
