//! What scoring needs from the stores.

use crate::{error::ScoreError, forecast::Champion};
use aws::{Registry, Storage, keys};
use domain::{Bar, Interval, Series, Symbol, drift::DriftReference, quality::DoubtfulBar, window::Window};
use jiff::{Timestamp, tz::Offset};
use model::Artifact;
use serde::Deserialize;

/// All bars of the lake up to the year of `as_of`, ascending.
pub(crate) async fn bars(
    storage: &Storage,
    symbol: &Symbol,
    interval: Interval,
    as_of: Timestamp,
) -> Result<Vec<Bar>, ScoreError> {
    let year = Offset::UTC.to_datetime(as_of).year();
    let at = "reading the lake";
    let keys = storage.list(&keys::bars_prefix(symbol, interval)).await.map_err(ScoreError::at(at))?;
    let mut years: Vec<(i16, String)> =
        keys.into_iter().filter_map(|key| Some((keys::bars_year(&key)?, key))).filter(|(of, _)| *of <= year).collect();
    years.sort();
    let mut bars = Vec::new();
    for (_, key) in years {
        let Some(bytes) = storage.get(&key).await.map_err(ScoreError::at(at))? else { continue };
        bars.extend(lake::read_bars(&bytes).map_err(|source| ScoreError::Lake { key, source: Box::new(source) })?);
    }
    Ok(bars)
}

/// The latest window's source of the last bars, and its bars that a forecast has to warn of.
pub(crate) async fn window(
    storage: &Storage,
    symbol: &Symbol,
    interval: Interval,
) -> Result<(String, Vec<DoubtfulBar>), ScoreError> {
    let window: Option<Window> =
        storage.get_json(&keys::window(symbol, interval)).await.map_err(ScoreError::at("reading the latest window"))?;
    Ok(window.map_or_else(|| ("unknown".to_owned(), Vec::new()), |window| (window.source, window.doubtful)))
}

/// The champion with its drift reference, if it has one that can be read; the artifact is verified. A moment that was scored
/// before keeps the champion that scored it: a delivery that comes again or late finds what the first one found, though another
/// version may serve by now.
pub(crate) async fn champion(
    registry: &Registry,
    storage: &Storage,
    series: &Series,
    as_of: Timestamp,
) -> Result<Option<(Champion, Option<DriftReference>)>, ScoreError> {
    let at = "looking up the champion";
    let record = registry.champion(series).await.map_err(ScoreError::at(at))?;
    let Some(mut record) = record else { return Ok(None) };
    let report = storage.get(&keys::report(series, as_of, "json")).await;
    let report = report.map_err(ScoreError::at("looking for an earlier report"))?;
    if let Some(earlier) = report.and_then(|bytes| scored_by(&bytes)).filter(|version| *version != record.version) {
        record = registry.version(series, earlier).await.map_err(ScoreError::at(at))?.unwrap_or(record);
    }
    let version = record.version;
    let at = "reading the champion's artifact";
    let bytes = match storage.get(&record.artifact_key).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(ScoreError::ModelMissing { version, key: record.artifact_key }),
        Err(source @ aws::Error::TooLarge { .. }) => {
            return Err(ScoreError::ModelTooLarge { version, source: Box::new(source) });
        }
        Err(error) => return Err(ScoreError::at(at)(error)),
    };
    let artifact = Artifact::from_bytes(&bytes, &record.sha256)
        .map_err(|source| ScoreError::ModelRefused { version, source: Box::new(source) })?;
    let reference = match &record.drift_key {
        Some(key) => {
            let bytes = storage.get(key).await.map_err(ScoreError::at("reading the drift reference"))?;
            bytes.and_then(|bytes| reference(key, &bytes))
        }
        None => None,
    };
    let promise = record.evaluation["log_loss_difference"]["hi"].as_f64();
    Ok(Some((Champion { version, sha256: record.sha256, artifact, promise }, reference)))
}

#[derive(Deserialize)]
struct EarlierReport {
    champion: EarlierChampion,
}

#[derive(Deserialize)]
struct EarlierChampion {
    version: u32,
}

/// The version that a report is about; `None` when the report cannot be read.
fn scored_by(report: &[u8]) -> Option<u32> {
    serde_json::from_slice::<EarlierReport>(report).ok().map(|report| report.champion.version)
}

/// One that cannot be read is said and done without: forecasts do not need it.
fn reference(key: &str, bytes: &[u8]) -> Option<DriftReference> {
    serde_json::from_slice(bytes)
        .inspect_err(
            |error| tracing::error!(key, %error, "the drift reference cannot be read: features are not compared"),
        )
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bars, champion, day, series};

    #[test]
    fn a_report_names_the_version_that_scored_its_moment() {
        let report = br#"{"series":"eth-usd-1d-h1","champion":{"version":17,"family":"logistic"},"recent":[]}"#;
        assert_eq!(scored_by(report), Some(17));
        assert_eq!((scored_by(&report[..60]), scored_by(b"{}")), (None, None));
    }

    #[test]
    fn a_corrupt_reference_is_none() {
        let known = crate::testing::reference(&champion(&series("eth-usd-1d-h1"), day(600)), &bars(600, 1));
        let bytes = serde_json::to_vec(&known).unwrap();
        assert_eq!(reference("key", &bytes).map(|read| read.window_bars), Some(known.window_bars));
        assert!(reference("key", &bytes[..bytes.len() / 2]).is_none());
    }
}
