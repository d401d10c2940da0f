//! Benchmark of the distribution of the move, walk-forward: refits at fixed intervals, and between them a forecast at every decision time.
//! Code and profile are those of the deployed functions.
//!
//! `make bench-range` runs it beside the Python package arch. To run it alone on a file of bars with the columns
//! timestamp,open,high,low,close,volume: `cargo bench -p training --bench range -- FILE SERIES`. It prints one JSON object: seconds
//! of all refits and forecasts, without reading the file, and mean CRPS in log returns, both by the kind of forecast.

use contracts::distribution::Quantiles;
use features::baselines::{SettledMoves, moves};
use market_data::{
    Bar, Interval, Series,
    csv::{self, CsvOptions},
    time::TimeBounds,
};
use model::distribution::DistributionPart;
use serde_json::{Map, Value, json};
use std::{env, error::Error, fs, io, io::Write, time::Instant};
use training::{
    TrainError, TrainingConfig,
    distribution::{Family, fit, fit_family},
};

/// Bar of the first refit, and number of bars from one refit to the next.
const fn schedule(interval: Interval) -> (usize, usize) {
    match interval {
        Interval::Day => (730, 30),
        Interval::Hour => (365 * 24, 90 * 24),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds `--bench`.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [path, series] = &arguments[..] else {
        writeln!(io::stdout().lock(), "no history was named: `make bench-range` names one")?;
        return Ok(());
    };
    let series: Series = series.parse()?;
    let options = CsvOptions { bounds: TimeBounds::STATED, format: None };
    let bars: Vec<Bar> = csv::read_bars(&fs::read(path)?, options)?.history(series.interval)?;
    let (first, step) = schedule(series.interval);
    let config = TrainingConfig::for_series(&series);

    let baselines = Baselines::new(&series, &bars, first);
    let refits = (first..bars.len()).step_by(step).count();
    let mut report = json!({ "bars": bars.len(), "first": first, "step": step, "refits": refits });
    let (mut seconds, mut crps) = (Map::new(), Map::new());
    for (name, family) in [("range", Some(Family::Range)), ("ewma", Some(Family::Ewma)), ("selection", None)] {
        let refit = |bars: &[Bar]| {
            let last = bars.last().map_or(0, |bar| bar.time.as_second());
            // After the last decision time, so that every settled move counts.
            let until =
                jiff::Timestamp::from_second(last + 2 * series.interval.seconds()).unwrap_or(jiff::Timestamp::MAX);
            match family {
                Some(family) => fit_family(&series, bars, until, family, "bench"),
                None => Ok(fit(&series, bars, until, &config, "bench")?.map(|fitted| fitted.part)),
            }
        };
        let begun = Instant::now();
        let forecasts = walk_forward(&series, &bars, refit)?;
        seconds.insert(name.to_owned(), begun.elapsed().as_secs_f64().into());
        crps.insert(name.to_owned(), baselines.crps_of(&forecasts));
    }
    crps.insert("climatology".to_owned(), baselines.crps_of(&baselines.climatology));
    crps.insert("recent".to_owned(), baselines.crps_of(&baselines.recent));
    report["decisions"] = baselines.outcomes.iter().flatten().count().into();
    report["seconds"] = seconds.into();
    report["crps"] = crps.into();
    writeln!(io::stdout().lock(), "{report}")?;
    Ok(())
}

/// Forecast of each bar from the first refit on; `None` where the refit is climatology.
fn walk_forward(
    series: &Series,
    bars: &[Bar],
    refit: impl Fn(&[Bar]) -> Result<Option<DistributionPart>, TrainError>,
) -> Result<Vec<Option<Quantiles>>, TrainError> {
    let (first, step) = schedule(series.interval);
    let mut forecasts = Vec::with_capacity(bars.len());
    for bar in (first..bars.len()).step_by(step) {
        let end = (bar + step).min(bars.len());
        let model = refit(&bars[..=bar])?.and_then(|part| part.model);
        forecasts.extend(model.map_or_else(|| vec![None; end - bar], |model| model.quantiles(series, bars, bar..end)));
    }
    Ok(forecasts)
}

/// Outcomes of the bars from the first refit on, with the baselines that were known at each of them.
struct Baselines {
    outcomes: Vec<Option<f64>>,
    climatology: Vec<Option<Quantiles>>,
    recent: Vec<Option<Quantiles>>,
}

impl Baselines {
    fn new(series: &Series, bars: &[Bar], first: usize) -> Self {
        let all = moves(bars, series.interval, series.horizon);
        let mut settled = SettledMoves::new(series, &all);
        let baselines = (first..bars.len()).map(|bar| {
            settled.advance_to(bar);
            (Quantiles::from_ascending(settled.all()), Quantiles::from_ascending(settled.recent()))
        });
        let (climatology, recent) = baselines.unzip();
        Self { outcomes: all.get(first..).unwrap_or_default().to_vec(), climatology, recent }
    }

    /// Mean CRPS where the outcome is known. A missing forecast is climatology.
    fn crps_of(&self, forecasts: &[Option<Quantiles>]) -> Value {
        let rows = self.outcomes.iter().zip(forecasts).zip(&self.climatology);
        let losses: Vec<f64> =
            rows.filter_map(|((outcome, forecast), base)| Some(forecast.or(*base)?.crps((*outcome)?))).collect();
        (losses.iter().sum::<f64>() / market_data::numbers::as_f64(losses.len())).into()
    }
}
