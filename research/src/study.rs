//! Studies of monitoring: false alarms and detection delays on simulated markets, and retraining on alerts, replayed on a
//! file of bars.

mod export;
mod false_alarms;
mod gate_year;
mod monitored_champion;
mod policy;
mod replay;
mod simulated;
mod statistics;
mod table;

use crate::{
    cli::{FalseAlarmsArgs, GateYearArgs, MonitoringCommand, MonitoringOverridesArgs, ReplayArgs},
    error::ResearchError,
    input::read_bars,
    output::{create_directory, print, write_json},
    training_config::training_config,
};
use export::export;
use features::dataset::Dataset;
use lake::FileBars;
use market_data::{Interval, Series};
use monitoring::MonitoringConfig;
use serde::Serialize;
use simulated::{MarketChange, Periods};
use std::io::Write;

/// Runs a study, prints its tables and writes all numbers as JSON.
pub(crate) fn run(command: &MonitoringCommand, output: &mut impl Write) -> Result<(), ResearchError> {
    match command {
        MonitoringCommand::FalseAlarms(arguments) => run_false_alarms(arguments, output),
        MonitoringCommand::Replay(arguments) => run_replay(arguments, output),
        MonitoringCommand::GateYear(arguments) => run_gate_year(arguments, output),
        MonitoringCommand::Export(arguments) => {
            create_directory(&arguments.output.out)?;
            export(&arguments.series, &arguments.markets, &arguments.output.out)
        }
    }
}

fn run_false_alarms(arguments: &FalseAlarmsArgs, output: &mut impl Write) -> Result<(), ResearchError> {
    let interval = arguments.series.interval;
    create_directory(&arguments.output.out)?;
    let plan = false_alarms::StudyPlan {
        series: arguments.series.clone(),
        markets: arguments.markets.markets.get(),
        seed: arguments.markets.seed,
        step_bars: arguments.every.get(),
        periods: Periods::for_interval(interval),
        config: configuration(interval, &arguments.overrides)?,
    };
    let result = false_alarms::measure(plan, &MarketChange::ALL)?;
    print(output, &table::false_alarms(&result));
    write_json(&arguments.output.out.join(format!("markets-{interval}.json")), &result)
}

fn run_replay(arguments: &ReplayArgs, output: &mut impl Write) -> Result<(), ResearchError> {
    let (series, out) = (&arguments.series, &arguments.output.out);
    create_directory(out)?;
    let drift = configuration(series.interval, &arguments.overrides)?;
    let FileBars { bars, description } = read_bars(&arguments.bars, series.interval)?;
    print(output, &format!("{}: {description}", arguments.bars.data.display()));
    let dataset = Dataset::new(series.clone(), bars);
    let training = training_config(series, arguments.trials);
    let week_bars = 7 * Periods::for_interval(series.interval).bars_per_day;
    let plan = replay::ReplayPlan { from: arguments.from, training, drift, week_bars };
    let policies = replay::replay(&dataset, &plan, &mut |line| print(output, line))?;
    print(output, &table::replay(series, &policies));
    write_json(&out.join(format!("replay-{series}.json")), &ReplayReport { series, plan, policies })
}

fn run_gate_year(arguments: &GateYearArgs, output: &mut impl Write) -> Result<(), ResearchError> {
    create_directory(&arguments.output.out)?;
    let plan = gate_year::GateYearPlan {
        series: arguments.series.clone(),
        markets: arguments.markets.markets.get(),
        seed: arguments.markets.seed,
        signal: arguments.signal,
        weeks: arguments.weeks.get(),
    };
    let result = gate_year::measure(plan)?;
    print(output, &table::gate_year(&result));
    print(output, &format!("{:.1} s of one thread per market", result.seconds));
    write_json(&arguments.output.out.join(format!("gate-year-signal-{}.json", arguments.signal)), &result)
}

fn configuration(interval: Interval, overrides: &MonitoringOverridesArgs) -> Result<MonitoringConfig, ResearchError> {
    Ok(MonitoringConfig::with_overrides(interval, overrides.drift.as_ref())?)
}

/// Stored result of a replay.
#[derive(Serialize)]
struct ReplayReport<'a> {
    series: &'a Series,
    plan: replay::ReplayPlan,
    policies: Vec<replay::ReplayResult>,
}
