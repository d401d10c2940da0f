//! The score function: forecasts every new decision time, settles old forecasts, looks for drift, reports and alerts.

mod alert;
mod assessment;
mod bars;
mod champion_tests;
mod clock;
mod drift;
mod error;
mod forecast;
mod handler;
mod load;
mod measure;
mod notifier;
mod report;
mod request;
mod response;
mod settle;
mod store;
#[cfg(test)]
mod testing;
mod track_record;

use aws::{AwsClients, CallProfile, Config};
use handler::ScoreService;
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, Runtime, layers::TracingLayer, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    observability::telemetry::init();
    let config = Config::from_env()?;
    let clients = AwsClients::load(&config, CallProfile::Batch).await?;
    let scorer = &ScoreService::new(&config, &clients)?;
    let handle = async |event: LambdaEvent<Value>| scorer.handle(&event.payload, Timestamp::now()).await;
    // Its span is what gives each log line its request id.
    Runtime::new(service_fn(handle)).layer(TracingLayer::new()).run().await
}
