//! Encoding and decoding of observations.

use crate::{
    LakeError,
    check::validate_bar,
    column::{delta_encoded, dictionary_encoded},
    read::{ExtraColumns, bars, read},
    schema::{Column, FIRST_SEEN, LAST_SEEN, SOURCE, TIME, VALUES},
    write::{columns, encode, failed},
};
use jiff::Timestamp;
use market_data::observation::Observation;

const OBSERVATIONS: [Column; 9] =
    [TIME, SOURCE, FIRST_SEEN, LAST_SEEN, VALUES[0], VALUES[1], VALUES[2], VALUES[3], VALUES[4]];

/// Encodes observations in canonical order, as [`market_data::observation::merge_observations`] returns them. The same observations give
/// the same bytes.
///
/// # Errors
/// A bar is not valid, an open time is not in whole seconds, a time is outside the years 1678 to 2261, the order is not
/// canonical, or polars fails.
///
/// ```
/// use market_data::{Bar, observation::Observation, origin::{Origin, Provenance}};
/// let time = "2023-01-01T00:00:00Z".parse().unwrap();
/// let bar = Bar { time, open: 1196.1, high: 1203.5, low: 1191.0, close: 1200.0, volume: 81_234.5 };
/// let seen = "2023-01-02T00:05:00.25Z".parse().unwrap();
/// let origin = Origin::new("coinbase", Provenance::Live);
/// let observations = [Observation { bar, origin, first_seen: seen, last_seen: seen }];
/// assert_eq!(lake::read_observations(&lake::write_observations(&observations)?)?, observations);
/// # Ok::<(), lake::LakeError>(())
/// ```
pub fn write_observations(observations: &[Observation]) -> Result<Vec<u8>, LakeError> {
    check_order(observations)?;
    let mut first_seen = Vec::with_capacity(observations.len());
    let mut last_seen = Vec::with_capacity(observations.len());
    for (row, observation) in observations.iter().enumerate() {
        validate_bar(row, &observation.bar)?;
        first_seen.push(nanosecond(row, observation.first_seen)?);
        last_seen.push(nanosecond(row, observation.last_seen)?);
    }
    let [time, values @ ..] = columns(observations.iter().map(|observation| &observation.bar));
    let sources =
        dictionary_encoded(SOURCE, observations.iter().map(|observation| &observation.origin)).map_err(failed)?;
    let seen = [delta_encoded(FIRST_SEEN, first_seen.into_iter()), delta_encoded(LAST_SEEN, last_seen.into_iter())];
    encode(observations.len(), [time, sources].into_iter().chain(seen).chain(values).collect())
}

/// Decodes and validates observations: their columns and types, valid bars, the canonical order.
///
/// # Errors
/// The bytes are not Parquet, the columns differ, or a row is not valid.
pub fn read_observations(bytes: &[u8]) -> Result<Vec<Observation>, LakeError> {
    let decoded = read(bytes, &OBSERVATIONS, ExtraColumns::Reject)?;
    let bars = bars(&decoded, validate_bar)?;
    let (first_seen, last_seen) = (decoded.numbers(FIRST_SEEN), decoded.numbers(LAST_SEEN));
    let observations = bars
        .into_iter()
        .zip(decoded.origins())
        .enumerate()
        .map(|(row, (bar, origin))| {
            let (first_seen, last_seen) = (timestamp(row, first_seen[row])?, timestamp(row, last_seen[row])?);
            Ok(Observation { bar, origin, first_seen, last_seen })
        })
        .collect::<Result<Vec<_>, LakeError>>()?;
    check_order(&observations)?;
    Ok(observations)
}

/// Checks the canonical order, which the resolution of bars relies on.
fn check_order(observations: &[Observation]) -> Result<(), LakeError> {
    if let Some(row) = observations.iter().position(|observation| observation.last_seen < observation.first_seen) {
        return Err(LakeError::Seen { row });
    }
    match observations.windows(2).position(|pair| pair[0].canonical_cmp(&pair[1]).is_ge()) {
        Some(before) => Err(LakeError::Order { row: before + 1 }),
        None => Ok(()),
    }
}

fn nanosecond(row: usize, time: Timestamp) -> Result<i64, LakeError> {
    i64::try_from(time.as_nanosecond()).map_err(|_| LakeError::Time { row, text: time.to_string() })
}

fn timestamp(row: usize, nanosecond: i64) -> Result<Timestamp, LakeError> {
    Timestamp::from_nanosecond(i128::from(nanosecond))
        .map_err(|_| LakeError::Time { row, text: nanosecond.to_string() })
}
