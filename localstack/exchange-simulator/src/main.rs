//! A market on this machine: the real sources' wire formats over stored or simulated history, with a clock, a change
//! of regime and faults on order.

mod arguments;
mod control;
mod fault;
mod history;
mod market;
mod page;
mod response_faults;
mod server;
mod source;
mod spoil;
mod tape;

use crate::{arguments::Arguments, server::Server};
use std::process::ExitCode;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_target(false).with_ansi(false).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut chain = error.to_string();
            let mut cause = error.source();
            while let Some(source) = cause {
                chain = format!("{chain}: {source}");
                cause = source.source();
            }
            tracing::error!("{chain}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let server = Server::open(arguments.history)?;
    tracing::info!(listen = %arguments.listen, "ready");
    let listener = TcpListener::bind(&arguments.listen).await?;
    axum::serve(listener, server::routes(server)).with_graceful_shutdown(stop_signal()).await?;
    Ok(())
}

/// Ready when the process is told to stop.
async fn stop_signal() {
    // Without a handler for it the default action ends the process, which is what is wanted then, too.
    let _ = tokio::signal::ctrl_c().await;
}
