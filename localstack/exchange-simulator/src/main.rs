//! Local server of five exchanges: their wire formats over stored or simulated bars, with a clock, regime changes and
//! injected faults.

mod cli;

use crate::cli::Cli;
use clap::Parser as _;
use observability::error_chain;
use std::process::ExitCode;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_target(false).with_ansi(false).init();
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", error_chain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(&cli.listen).await?;
    exchange_simulator::serve(listener, cli.into_config(), stop_signal()).await
}

/// Completes when the process is asked to stop.
async fn stop_signal() {
    // Without a handler the default action ends the process, which is right as well.
    let _ = tokio::signal::ctrl_c().await;
}
