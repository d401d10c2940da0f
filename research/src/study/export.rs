//! Export of the features of simulated markets without change, for other tools.

use super::simulated::{Periods, market};
use crate::{cli::SimulatedMarketsArgs, error::ResearchError, output::write_file};
use features::{dataset::Dataset, feature_names};
use market_data::Series;
use std::{fmt::Write as _, path::Path};

/// Writes one CSV per market, with the columns `time`, `part` and the features. `part` is `reference` for the bars that a
/// champion is trained on, and `current` for the bars after them.
pub(crate) fn export(series: &Series, markets: &SimulatedMarketsArgs, out: &Path) -> Result<(), ResearchError> {
    let periods = Periods::for_interval(series.interval);
    for seed in markets.seed..markets.seed + markets.markets.get() {
        let bars = market(seed, series.interval).bars(periods.training + periods.unchanged);
        let dataset = Dataset::new(series.clone(), bars);
        let mut text = format!("time,part,{}\n", feature_names().join(","));
        for (bar, row) in dataset.features.iter().enumerate().filter_map(|(bar, row)| Some((bar, row.as_ref()?))) {
            let part = if bar < periods.training { "reference" } else { "current" };
            // Writing to a string cannot fail.
            let _ = write!(text, "{},{part}", row.time);
            for value in &row.values {
                let _ = write!(text, ",{value}");
            }
            text.push('\n');
        }
        write_file(&out.join(format!("market-{seed}.csv")), text.as_bytes())?;
    }
    Ok(())
}
