//! Research on past and simulated bars: walk-forward backtests, and studies of monitoring.

mod backtest;
mod cli;
mod deployed;
mod error;
mod input;
mod json_format;
mod output;
mod study;
mod training_config;

use clap::Parser as _;
use cli::{Cli, Command};
use observability::error_chain;
use std::{
    io::{self, Write as _},
    process::ExitCode,
};

fn main() -> ExitCode {
    let result = match &Cli::parse().command {
        Command::Backtest(arguments) => backtest::run(arguments, &mut io::stdout()),
        Command::Monitoring(command) => study::run(command, &mut io::stdout()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A closed standard error is ignored: the exit code remains.
            let _ = writeln!(io::stderr(), "research: {}", error_chain(&error));
            ExitCode::FAILURE
        }
    }
}
