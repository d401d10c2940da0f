//! From arguments to tables and JSON.

use crate::{
    arguments::{Arguments, Task},
    error::StudyError,
    export::export,
    markets, replay,
    simulated::{MarketChange, Spans},
    table,
};
use features::dataset::Dataset;
use jiff::Timestamp;
use lake::FileBars;
use market_data::{
    Interval, Series,
    csv::{CsvFormat, CsvOptions},
    time::TimeBounds,
};
use monitoring::MonitoringConfig;
use serde::Serialize;
use std::{fs, io::Write, path::Path};
use training::TrainingConfig;

/// Seconds that a search may take: a year, so that no clock decides what is found.
const SEARCH_SECONDS: u64 = 365 * 86_400;

/// Does what the arguments say, prints its tables and leaves all numbers as JSON.
pub(crate) fn run(arguments: impl IntoIterator<Item = String>, told: &mut impl Write) -> Result<(), StudyError> {
    let Arguments { task, series, markets, seed, every, trials, drift, out } = Arguments::parse(arguments)?;
    fs::create_dir_all(&out).map_err(|source| StudyError::Write { path: out.clone(), source })?;
    let interval = series.interval;
    let config = MonitoringConfig::with_overrides(interval, drift.as_ref())?;
    match task {
        Task::Export => export(&series, markets, seed, &out),
        Task::Markets => {
            let json = out.join(format!("markets-{interval}.json"));
            let spans = Spans::of(interval);
            let plan = markets::Plan { series, markets, seed, every, spans, config };
            let measured = markets::measure(plan, &MarketChange::ALL)?;
            say(told, &table::markets(&measured));
            write(&json, &measured)
        }
        Task::Replay { data, from, format } => {
            let FileBars { bars, description } = bars(&data, interval, format)?;
            say(told, &format!("{}: {description}", data.display()));
            let history = Dataset::new(series.clone(), bars);
            let mut training = TrainingConfig::for_series(&series);
            training.search.trials = trials.unwrap_or(training.search.trials);
            training.search.time_budget_seconds = SEARCH_SECONDS;
            let week = 7 * Spans::of(interval).day;
            let plan = replay::Plan { from, training, drift: config, week };
            let replayed = replay::replay(&history, &plan, &mut |line| say(told, line))?;
            say(told, &table::replay(&series, &replayed));
            write(&out.join(format!("replay-{series}.json")), &ReplayReport { series, plan, policies: replayed })
        }
    }
}

/// A replay as it is kept.
#[derive(Serialize)]
struct ReplayReport {
    series: Series,
    plan: replay::Plan,
    policies: Vec<replay::ReplayResult>,
}

fn bars(path: &Path, interval: Interval, format: Option<CsvFormat>) -> Result<FileBars, StudyError> {
    let place = || path.to_owned();
    let bytes = fs::read(path).map_err(|source| StudyError::Read { path: place(), source })?;
    let options = CsvOptions { bounds: TimeBounds::at(Timestamp::now()), format };
    lake::read_file(&bytes, interval, options).map_err(|source| StudyError::Bars { path: place(), source })
}

fn write(path: &Path, value: &impl Serialize) -> Result<(), StudyError> {
    let json = serde_json::to_vec_pretty(value).map_err(|source| StudyError::Json { source })?;
    fs::write(path, json).map_err(|source| StudyError::Write { path: path.to_owned(), source })
}

/// A reader who has gone away is no reason to stop.
fn say(told: &mut impl Write, text: &str) {
    let _ = writeln!(told, "{text}");
}
