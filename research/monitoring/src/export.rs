//! The features of simulated markets without change, for tools of others.

use crate::{
    error::StudyError,
    simulated::{Spans, market},
};
use features::{dataset::Dataset, feature_names};
use market_data::Series;
use std::{fmt::Write as _, fs, path::Path};

/// Writes one CSV per market: `time`, `part` (`reference`: what a champion is trained on; `current`: what follows), and
/// the features.
pub(crate) fn export(series: &Series, markets: u64, seed: u64, out: &Path) -> Result<(), StudyError> {
    let spans = Spans::of(series.interval);
    for seed in seed..seed + markets {
        let bars = market(seed, series.interval).bars(spans.learnt + spans.quiet);
        let history = Dataset::new(series.clone(), bars);
        let mut text = format!("time,part,{}\n", feature_names().join(","));
        for (bar, row) in history.features.iter().enumerate().filter_map(|(bar, row)| Some((bar, row.as_ref()?))) {
            let part = if bar < spans.learnt { "reference" } else { "current" };
            // Writing to a string cannot fail.
            let _ = write!(text, "{},{part}", row.time);
            for value in &row.values {
                let _ = write!(text, ",{value}");
            }
            text.push('\n');
        }
        let path = out.join(format!("market-{seed}.csv"));
        fs::write(&path, text).map_err(|source| StudyError::Write { path, source })?;
    }
    Ok(())
}
