//! Run id: equal for the same data, configuration, seed and code.

use contracts::costs::Costs;
use jiff::Timestamp;
use market_data::Series;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use training::TrainingConfig;

/// Version of the code, stored with every run: the release and, if built in a repository, the commit.
pub(crate) const CODE_VERSION: &str = env!("WEATHERVANE_CODE_VERSION");

/// Run id: `20231105T000000Z-` and twelve hex digits, so that text order is time order.
///
/// `as_of` is the close of the last bar that may be used, so that a repeated event, some minutes later, gets the same id. The
/// configuration includes the seed.
pub(crate) fn run_id(
    series: &Series,
    as_of: Timestamp,
    dataset_hash: &str,
    config: &TrainingConfig,
    costs: Costs,
) -> Result<String, serde_json::Error> {
    let mut hasher = Sha256::new();
    for part in [&series.slug(), &as_of.to_string(), dataset_hash, CODE_VERSION] {
        hasher.update(part);
        hasher.update([0]);
    }
    hasher.update(serde_json::to_vec(&(config, costs))?);
    let mut name = format!("{}-", as_of.strftime("%Y%m%dT%H%M%SZ"));
    for byte in hasher.finalize().iter().take(6) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_changes_the_result_changes_the_id() {
        let series: Series = "eth-usd-1d-h1".parse().unwrap();
        let as_of: Timestamp = "2023-11-05T00:00:00Z".parse().unwrap();
        let config = TrainingConfig::for_series(&series);
        let name = run_id(&series, as_of, "abc", &config, Costs::default()).unwrap();
        assert!(name.starts_with("20231105T000000Z-") && name.len() == 29, "{name}");
        assert_eq!(name, run_id(&series, as_of, "abc", &config, Costs::default()).unwrap());
        let weekly: Series = "eth-usd-1d-h7".parse().unwrap();
        let seeded = TrainingConfig { seed: 2, ..config.clone() };
        let others = [
            run_id(&weekly, as_of, "abc", &config, Costs::default()).unwrap(),
            run_id(&series, as_of, "abd", &config, Costs::default()).unwrap(),
            run_id(&series, as_of, "abc", &seeded, Costs::default()).unwrap(),
            run_id(&series, as_of, "abc", &config, Costs { fee: 0.0, ..Costs::default() }).unwrap(),
        ];
        assert!(!others.contains(&name));
    }
}
