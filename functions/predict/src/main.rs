//! The `predict` function: clients, the model and the window are ready before the first request.

use aws::{AwsClients, CallProfile, Config};
use lambda_http::{
    Error, LambdaEvent,
    lambda_runtime::{Runtime, layers::TracingLayer},
    service_fn,
};
use observability::telemetry;
use predict::PredictService;
use serde_json::value::RawValue;
use std::convert::Infallible;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = Config::from_env()?;
    let app = PredictService::new(&AwsClients::load(&config, CallProfile::Interactive).await?)?;
    app.warm_up().await;
    let service =
        service_fn(|event: LambdaEvent<Box<RawValue>>| async { Ok::<_, Infallible>(app.invoke(event).await) });
    // Its span is what gives each log line its request id.
    Runtime::new(service).layer(TracingLayer::new()).run().await
}
