//! How often the monitoring of the score function cries wolf, how fast it sees a change, and what retraining on its
//! alerts is worth: on simulated markets, where it is known what changed, and on a CSV of bars.

mod arguments;
mod error;
mod export;
mod markets;
mod policy;
mod replay;
mod run;
mod simulated;
mod statistics;
mod table;
mod watch;

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
            let _ = writeln!(io::stderr(), "monitoring: {}", error_chain(&error));
            ExitCode::FAILURE
        }
    }
}
