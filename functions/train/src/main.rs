//! The Lambda function `train`.

use aws::{AwsClients, CallProfile, Config, failure::error_chain, telemetry};
use lambda_runtime::{Error, LambdaEvent, Runtime, layers::TracingLayer, service_fn};
use train::handler;

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = Config::from_env()?;
    let clients = AwsClients::load(&config, CallProfile::Batch).await?;
    let trainer = handler::trainer(&config, &clients).map_err(|error| error_chain(&error))?;
    let trainer = &trainer;
    let service = service_fn(|event: LambdaEvent<_>| handler::handle(trainer, event));
    // Its span is what gives each log line its request id.
    Runtime::new(service).layer(TracingLayer::new()).run().await
}
