//! The score function: forecasts every new decision time, settles old forecasts, looks for drift, reports and alerts.

mod alert;
mod clock;
mod drift;
mod error;
mod evidence;
mod findings;
mod forecast;
mod handler;
mod load;
mod market;
mod measure;
mod realised;
mod report;
mod request;
mod settle;
mod store;
mod summary;
#[cfg(test)]
mod testing;
mod told;

use aws::{Clients, Config, Patience};
use handler::Scorer;
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, Runtime, layers::TracingLayer, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::telemetry::init();
    let config = Config::from_env()?;
    let clients = Clients::load(&config, Patience::Batch).await?;
    let scorer = &Scorer::new(&config, &clients)?;
    let handle = async |event: LambdaEvent<Value>| scorer.handle(&event.payload, Timestamp::now()).await;
    // Its span is what gives each log line its request id.
    Runtime::new(service_fn(handle)).layer(TracingLayer::new()).run().await
}
