//! The Lambda function `ingest`.

use aws::{Clients, Config, Failure, Patience, telemetry};
use ingest::handler;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = Config::from_env()?;
    let clients = Clients::load(&config, Patience::Batch).await;
    let ingest = handler::ingest(&config, &clients).map_err(Failure::new)?;
    let ingest = &ingest;
    run(service_fn(|event: LambdaEvent<_>| handler::handle(ingest, event))).await
}
