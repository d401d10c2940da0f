//! Command line. Wrong arguments end the program with exit code 2.

use contracts::costs::{Costs, parse_cost};
use jiff::Timestamp;
use market_data::{
    Interval, Series,
    csv::CsvFormat,
    time::{TimeBounds, TimeError},
};
use std::{
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
};

/// Researches forecasts and monitoring on past and simulated bars.
#[derive(Debug, clap::Parser)]
#[command(version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Makes the forecasts that the system would have made on a file of bars, and evaluates them.
    Backtest(BacktestArgs),
    /// Studies the monitoring of a champion.
    #[command(subcommand)]
    Monitoring(MonitoringCommand),
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum MonitoringCommand {
    /// Measures false alarms and detection delays on simulated markets.
    FalseAlarms(FalseAlarmsArgs),
    /// Replays a file of bars, and compares retraining on alerts with fixed schedules.
    Replay(ReplayArgs),
    /// Measures promotions over a year of weekly trainings on simulated markets.
    GateYear(GateYearArgs),
    /// Writes the features of simulated markets without change as CSV.
    Export(ExportArgs),
}

/// Arguments of a backtest.
#[derive(Debug, clap::Args)]
pub(crate) struct BacktestArgs {
    #[command(flatten)]
    pub(crate) bars: BarFileArgs,
    /// Series to forecast, such as eth-usd-1d-h1 or eth-usd-1h-h24.
    #[arg(long)]
    pub(crate) series: Series,
    /// Simulated system.
    #[arg(long, value_enum, default_value_t = Mode::Refit)]
    pub(crate) mode: Mode,
    /// Earliest decision time of a forecast [default: close of bar 730].
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) from: Option<Timestamp>,
    /// Bars from one refit or training to the next [default: 30 of a day, 2160 of an hour]. The functions train weekly.
    #[arg(long, value_name = "BARS")]
    pub(crate) refit: Option<NonZeroUsize>,
    /// Trials of a search [default: as in the train function].
    #[arg(long, value_name = "N")]
    pub(crate) trials: Option<NonZeroUsize>,
    /// Seed of every random choice in training [default: 1].
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) costs: CostArgs,
    /// Directory of the report [default: build/backtest/SERIES, as deployed build/backtest/SERIES-deployed].
    #[arg(long, value_name = "DIRECTORY")]
    out: Option<PathBuf>,
}

impl BacktestArgs {
    /// Directory of the report.
    pub(crate) fn out(&self) -> PathBuf {
        let suffix = match self.mode {
            Mode::Refit => "",
            Mode::Deployed => "-deployed",
        };
        let directory = format!("{}{suffix}", self.series.slug());
        self.out.clone().unwrap_or_else(|| PathBuf::from("build/backtest").join(directory))
    }
}

/// System that a backtest simulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// The newest model: each is fitted on everything settled and serves until the next, without hold-out, gate and mixture.
    Refit,
    /// The functions: hold-out, gate, shadow and mixture.
    Deployed,
}

/// Costs of trading.
#[derive(Debug, clap::Args)]
pub(crate) struct CostArgs {
    /// Fee of each trade, a share of the traded value from 0 to 0.05.
    #[arg(long, value_name = "SHARE", default_value_t = Costs::default().fee, value_parser = parse_cost)]
    fee: f64,
    /// Difference between the close and the execution price, a share of the traded value from 0 to 0.05.
    #[arg(long, value_name = "SHARE", default_value_t = Costs::default().slippage, value_parser = parse_cost)]
    slippage: f64,
}

impl CostArgs {
    /// Costs of trading.
    pub(crate) const fn costs(&self) -> Costs {
        Costs { fee: self.fee, slippage: self.slippage }
    }
}

/// File of bars.
#[derive(Debug, clap::Args)]
pub(crate) struct BarFileArgs {
    /// File of bars: CSV or Parquet, as it is or in gzip or zip.
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// Format of the CSV, such as kraken [default: detected].
    #[arg(long)]
    pub(crate) format: Option<CsvFormat>,
}

/// Arguments of the study of false alarms.
#[derive(Debug, clap::Args)]
pub(crate) struct FalseAlarmsArgs {
    /// Series with a horizon of one bar.
    #[arg(long, default_value = "eth-usd-1d-h1", value_parser = parse_one_bar_series)]
    pub(crate) series: Series,
    #[command(flatten)]
    pub(crate) markets: SimulatedMarketsArgs,
    /// Bars from one evaluation of the rules to the next.
    #[arg(long, value_name = "BARS", default_value = "1")]
    pub(crate) every: NonZeroUsize,
    #[command(flatten)]
    pub(crate) overrides: MonitoringOverridesArgs,
    #[command(flatten)]
    pub(crate) output: StudyOutputArgs,
}

/// Arguments of a replay.
#[derive(Debug, clap::Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub(crate) bars: BarFileArgs,
    /// Series to forecast.
    #[arg(long, default_value = "eth-usd-1d-h1")]
    pub(crate) series: Series,
    /// Earliest decision time of a forecast.
    #[arg(long, value_name = "TIME", default_value = "2019-01-01", value_parser = parse_time)]
    pub(crate) from: Timestamp,
    /// Trials of a search [default: as in the train function].
    #[arg(long, value_name = "N")]
    pub(crate) trials: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) overrides: MonitoringOverridesArgs,
    #[command(flatten)]
    pub(crate) output: StudyOutputArgs,
}

/// Arguments of the study of the gate.
#[derive(Debug, clap::Args)]
pub(crate) struct GateYearArgs {
    /// Series of days.
    #[arg(long, default_value = "eth-usd-1d-h1", value_parser = parse_daily_series)]
    pub(crate) series: Series,
    #[command(flatten)]
    pub(crate) markets: SimulatedMarketsArgs,
    /// Strength of the simulator's signal; with 0 nothing can be forecast.
    #[arg(long, value_name = "STRENGTH", default_value = "0", value_parser = parse_signal)]
    pub(crate) signal: f64,
    /// Weeks after the first training.
    #[arg(long, value_name = "N", default_value = "52")]
    pub(crate) weeks: NonZeroUsize,
    #[command(flatten)]
    pub(crate) output: StudyOutputArgs,
}

/// Arguments of an export.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// Series that the features belong to.
    #[arg(long, default_value = "eth-usd-1d-h1")]
    pub(crate) series: Series,
    #[command(flatten)]
    pub(crate) markets: SimulatedMarketsArgs,
    #[command(flatten)]
    pub(crate) output: StudyOutputArgs,
}

/// Simulated markets.
#[derive(Debug, clap::Args)]
pub(crate) struct SimulatedMarketsArgs {
    /// Number of markets.
    #[arg(long, value_name = "N", default_value = "200")]
    pub(crate) markets: NonZeroU64,
    /// Seed of the first market; the seeds of the others follow it.
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) seed: u64,
}

/// Overrides of the monitoring configuration.
#[derive(Debug, clap::Args)]
pub(crate) struct MonitoringOverridesArgs {
    /// Overrides of the monitoring configuration, a JSON object as in WEATHERVANE_DRIFT.
    #[arg(long, value_name = "JSON", value_parser = parse_json)]
    pub(crate) drift: Option<serde_json::Value>,
}

/// Output of a study.
#[derive(Debug, clap::Args)]
pub(crate) struct StudyOutputArgs {
    /// Directory of the results.
    #[arg(long, value_name = "DIRECTORY", default_value = "build/monitoring")]
    pub(crate) out: PathBuf,
}

fn parse_time(text: &str) -> Result<Timestamp, TimeError> {
    TimeBounds::STATED.parse(text)
}

/// Parses JSON. Without a parser clap would take the text as a JSON string.
fn parse_json(text: &str) -> serde_json::Result<serde_json::Value> {
    serde_json::from_str(text)
}

/// Parses a series of days.
fn parse_daily_series(text: &str) -> Result<Series, String> {
    let series: Series = text.parse().map_err(|error: market_data::series::ParseSeriesError| error.to_string())?;
    let is_daily = series.interval == Interval::Day;
    is_daily.then_some(series).ok_or_else(|| "expected days, such as eth-usd-1d-h1".to_owned())
}

/// Parses the strength of a signal.
fn parse_signal(text: &str) -> Result<f64, String> {
    let signal = text.parse().ok().filter(|signal| (0.0..=10.0).contains(signal));
    signal.ok_or_else(|| "expected a number from 0 to 10".to_owned())
}

/// Parses a series of horizon 1: the champion of a simulated market forecasts no other.
fn parse_one_bar_series(text: &str) -> Result<Series, String> {
    let series: Series = text.parse().map_err(|error: market_data::series::ParseSeriesError| error.to_string())?;
    if series.horizon == 1 {
        Ok(series)
    } else {
        Err("expected a horizon of one bar, such as eth-usd-1d-h1".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory as _, Parser as _};

    fn parse(line: &str) -> Result<Command, clap::Error> {
        let words = std::iter::once("research").chain(line.split_whitespace());
        Cli::try_parse_from(words).map(|cli| cli.command)
    }

    fn backtest(line: &str) -> BacktestArgs {
        let Command::Backtest(arguments) = parse(line).unwrap() else { unreachable!() };
        arguments
    }

    #[test]
    fn the_definition_of_the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_backtest_needs_only_data_and_series() {
        let arguments = backtest("backtest --data x.csv --series eth-usd-1d-h7");
        assert_eq!(arguments.out(), PathBuf::from("build/backtest/eth-usd-1d-h7"));
        assert_eq!((arguments.from, arguments.refit, arguments.trials, arguments.seed), (None, None, None, None));
        assert_eq!((arguments.mode, arguments.costs.costs()), (Mode::Refit, Costs::default()));
        let deployed = backtest("backtest --data x.csv --series eth-usd-1d-h7 --mode deployed");
        assert_eq!((deployed.mode, deployed.out()), (Mode::Deployed, "build/backtest/eth-usd-1d-h7-deployed".into()));
    }

    #[test]
    fn a_backtest_takes_all_its_options() {
        let all = backtest(
            "backtest --data x.csv --series eth-usd-1d-h7 --from 2019-08-17 --refit 7 --trials 9 --seed 3 --out there \
             --format kraken --fee 0.0006 --slippage 0",
        );
        assert_eq!(all.from.map(|from| from.to_string()).as_deref(), Some("2019-08-17T00:00:00Z"));
        assert_eq!(all.bars.format, Some(CsvFormat::Kraken));
        assert_eq!((all.refit, all.trials, all.seed), (NonZeroUsize::new(7), NonZeroUsize::new(9), Some(3)));
        assert_eq!(all.costs.costs(), Costs { fee: 0.0006, slippage: 0.0 });
        assert_eq!(all.out(), PathBuf::from("there"));
    }

    #[test]
    fn eight_digits_are_a_date_and_no_unix_time() {
        let arguments = backtest("backtest --data x.csv --series eth-usd-1d-h1 --from 20210601");
        assert_eq!(arguments.from.map(|from| from.to_string()).as_deref(), Some("2021-06-01T00:00:00Z"));
    }

    #[test]
    fn the_studies_have_defaults() {
        let Command::Monitoring(MonitoringCommand::FalseAlarms(arguments)) =
            parse("monitoring false-alarms --markets 9").unwrap()
        else {
            unreachable!()
        };
        assert_eq!((arguments.markets.markets.get(), arguments.markets.seed, arguments.every.get()), (9, 1, 1));
        let Command::Monitoring(MonitoringCommand::Replay(arguments)) =
            parse("monitoring replay --data x.csv --trials 8").unwrap()
        else {
            unreachable!()
        };
        assert_eq!(arguments.from.to_string(), "2019-01-01T00:00:00Z");
        assert_eq!((arguments.trials, arguments.series.slug().as_str()), (NonZeroUsize::new(8), "eth-usd-1d-h1"));
    }

    #[test]
    fn wrong_arguments_are_named_and_end_with_code_2() {
        for (line, named) in [
            ("backtest --series eth-usd-1d-h1", "--data <FILE>"),
            ("backtest --data x.csv --series", "--series <SERIES>"),
            ("backtest --data x.csv --series ETH", "'ETH'"),
            ("backtest --data x.csv --series eth-usd-1d-h1 --refit 0", "'0' for '--refit"),
            ("backtest --data x.csv --series eth-usd-1d-h1 --trials many", "'many' for '--trials"),
            ("backtest --data x.csv --series eth-usd-1d-h1 --from soon", "`soon` is not a time"),
            ("backtest --data x.csv --series eth-usd-1d-h1 --from 44197", "`44197` looks like the serial day"),
            (
                "backtest --data x.csv --series eth-usd-1d-h1 --fee 0.15",
                "expected a share of the traded value from 0 to 0.05",
            ),
            ("backtest --data x.csv --series eth-usd-1d-h1 --format excel", "unknown format `excel`"),
            ("backtest --fast", "'--fast'"),
            ("monitoring look", "'look'"),
            ("monitoring replay", "--data <FILE>"),
            ("monitoring false-alarms --markets 0", "'0' for '--markets"),
            ("monitoring false-alarms --data x.csv", "'--data'"),
            ("monitoring false-alarms --series eth-usd-1h-h24", "a horizon of one bar"),
            ("monitoring gate-year --series eth-usd-1h-h1", "expected days"),
            ("monitoring gate-year --signal 11", "expected a number from 0 to 10"),
            ("monitoring false-alarms --drift {", "'{' for '--drift"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains(named), "{line}: {error}");
        }
    }
}
