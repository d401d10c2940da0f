//! Command line of the server.

use clap::Parser;
use exchange_simulator::MarketConfig;
use jiff::Timestamp;
use market_data::time::{TimeBounds, TimeError};
use std::path::PathBuf;

/// Local server of five exchanges: serves bars from CSV files or simulated bars in the exchanges' wire formats.
#[derive(Debug, Parser)]
#[command(name = "exchange-simulator", version)]
pub(crate) struct Cli {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8900")]
    pub(crate) listen: String,
    /// Directory of CSV files named like eth_usd_1d.csv.
    #[arg(long, value_name = "DIRECTORY", required_unless_present = "simulate", conflicts_with = "simulate")]
    data: Option<PathBuf>,
    /// Serve simulated bars.
    #[arg(long)]
    simulate: bool,
    /// Origin of the files, for the description.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Seed of every simulated bar.
    #[arg(long, value_name = "N", default_value_t = MarketConfig::default().seed)]
    seed: u64,
    /// Predictability of simulated bars, from 0 (a fair coin) to 1.
    #[arg(long, value_name = "X", allow_negative_numbers = true, default_value_t = MarketConfig::default().signal)]
    signal: f64,
    /// Open time of the first simulated bar.
    #[arg(long, value_name = "TIME", value_parser = parse_time, default_value_t = MarketConfig::default().start)]
    start: Timestamp,
    /// End of the simulated bars [default: the present].
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    end: Option<Timestamp>,
}

impl Cli {
    /// Market that the arguments describe.
    pub(crate) fn into_config(self) -> MarketConfig {
        let Self { listen: _, data, simulate: _, name, seed, signal, start, end } = self;
        MarketConfig { data, name, seed, signal, start, end }
    }
}

fn parse_time(text: &str) -> Result<Timestamp, TimeError> {
    TimeBounds::STATED.parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn parse(line: &str) -> Result<MarketConfig, clap::Error> {
        let words = ["exchange-simulator"].into_iter().chain(line.split_whitespace());
        Cli::try_parse_from(words).map(Cli::into_config)
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn exactly_one_kind_of_bars_is_required() {
        for line in ["", "--data here --simulate"] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
        assert_eq!(parse("--data here").unwrap().data, Some("here".into()));
        assert_eq!(parse("--simulate").unwrap(), MarketConfig::default());
    }

    #[test]
    fn an_invalid_value_is_reported_with_its_option() {
        for (line, option) in [
            ("--simulate --signal strong", "--signal <X>"),
            ("--simulate --start 43101", "--start <TIME>': `43101` looks like the serial day"),
            ("--simulate --seed", "--seed <N>"),
            ("--simulate --speed 3", "--speed"),
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
            assert!(error.to_string().contains(option), "{line}: {error}");
        }
    }
}
