//! The forecasts that the system would have made on a CSV of bars, walk-forward with refits, and what they were worth.

mod arguments;
mod error;
mod evaluate;
mod record;
mod report;
mod run;
mod settings;
#[cfg(test)]
mod testing;
mod walk;

use observability::error_chain;
use std::{
    io::{self, Write as _},
    process::ExitCode,
};

fn main() -> ExitCode {
    match run::run(std::env::args().skip(1), &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where nobody reads it, there is nobody to tell.
            let _ = writeln!(io::stderr(), "backtest: {}", error_chain(&error));
            ExitCode::FAILURE
        }
    }
}
