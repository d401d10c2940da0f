//! What scoring needs from the stores.

use crate::{error::ScoreError, forecast::Champion};
use aws::{ModelRegistry, ObjectStore, keys};
use jiff::{Timestamp, tz::Offset};
use market_data::{Bar, Interval, Series, Symbol, quality::DoubtfulBar, window::BarWindow};
use model::Artifact;
use monitoring::drift::DriftReference;

/// All bars of the lake up to the year of `as_of`, ascending.
pub(crate) async fn bars_until(
    storage: &ObjectStore,
    symbol: &Symbol,
    interval: Interval,
    as_of: Timestamp,
) -> Result<Vec<Bar>, ScoreError> {
    let year = Offset::UTC.to_datetime(as_of).year();
    let at = "reading the lake";
    let keys = storage.list(&keys::bars_prefix(symbol, interval)).await.map_err(ScoreError::store_error(at))?;
    let mut years: Vec<(i16, String)> =
        keys.into_iter().filter_map(|key| Some((keys::bars_year(&key)?, key))).filter(|(of, _)| *of <= year).collect();
    years.sort();
    let mut bars = Vec::new();
    for (_, key) in years {
        let Some(bytes) = storage.get(&key).await.map_err(ScoreError::store_error(at))? else { continue };
        bars.extend(lake::read_bars(&bytes).map_err(|source| ScoreError::Lake { key, source: Box::new(source) })?);
    }
    Ok(bars)
}

/// The latest window's source of the last bars, and its bars that a forecast has to warn of.
pub(crate) async fn load_window(
    storage: &ObjectStore,
    symbol: &Symbol,
    interval: Interval,
) -> Result<(String, Vec<DoubtfulBar>), ScoreError> {
    let window: Option<BarWindow> = storage
        .get_json(&keys::bar_window(symbol, interval))
        .await
        .map_err(ScoreError::store_error("reading the latest window"))?;
    Ok(window.map_or_else(|| ("unknown".to_owned(), Vec::new()), |window| (window.source, window.doubtful)))
}

/// The champion with its drift reference, if it has one that can be read; the artifact is verified.
pub(crate) async fn load_champion(
    registry: &ModelRegistry,
    storage: &ObjectStore,
    series: &Series,
) -> Result<Option<(Champion, Option<DriftReference>)>, ScoreError> {
    let record = registry.champion(series).await.map_err(ScoreError::store_error("looking up the champion"))?;
    let Some(record) = record else { return Ok(None) };
    let version = record.version;
    let at = "reading the champion's artifact";
    let bytes = match storage.get(&record.artifact_key).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(ScoreError::ModelMissing { version, key: record.artifact_key }),
        Err(source @ aws::Error::TooLarge { .. }) => {
            return Err(ScoreError::ModelTooLarge { version, source: Box::new(source) });
        }
        Err(error) => return Err(ScoreError::store_error(at)(error)),
    };
    let artifact = Artifact::from_bytes(&bytes, &record.sha256)
        .map_err(|source| ScoreError::ModelRefused { version, source: Box::new(source) })?;
    let reference = match &record.drift_key {
        Some(key) => {
            let bytes = storage.get(key).await.map_err(ScoreError::store_error("reading the drift reference"))?;
            bytes.and_then(|bytes| parse_reference(key, &bytes))
        }
        None => None,
    };
    let promise = record.evaluation.log_loss_difference_bound();
    Ok(Some((Champion { version, sha256: record.sha256, artifact, holdout_excess_bound: promise }, reference)))
}

/// One that cannot be read is said and done without: forecasts do not need it.
fn parse_reference(key: &str, bytes: &[u8]) -> Option<DriftReference> {
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
    fn a_corrupt_reference_is_none() {
        let known = crate::testing::reference(&champion(&series("eth-usd-1d-h1"), day(600)), &bars(600, 1));
        let bytes = serde_json::to_vec(&known).unwrap();
        assert_eq!(parse_reference("key", &bytes).map(|read| read.window_bars), Some(known.window_bars));
        assert!(parse_reference("key", &bytes[..bytes.len() / 2]).is_none());
    }
}
