//! The Lambda function `ingest`.

use aws::{AwsClients, CallProfile, Config, failure::error_chain, telemetry};
use ingest::handler;
use lambda_runtime::{Error, LambdaEvent, Runtime, layers::TracingLayer, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = Config::from_env()?;
    let clients = AwsClients::load(&config, CallProfile::Batch).await?;
    let ingest = handler::new(&config, &clients).map_err(|error| error_chain(&error))?;
    let ingest = &ingest;
    let service = service_fn(|event: LambdaEvent<_>| handler::handle(ingest, event));
    // Its span is what gives each log line its request id.
    Runtime::new(service).layer(TracingLayer::new()).run().await
}
