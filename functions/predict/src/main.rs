//! The `predict` function: clients, the model and the window are ready before the first request.

use aws::{Clients, Config, Patience, telemetry};
use lambda_http::{
    Adapter, Error, Request,
    lambda_runtime::{Runtime, layers::TracingLayer},
    service_fn,
};
use predict::{App, reply::Whole};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = Config::from_env()?;
    let app = App::new(&Clients::load(&config, Patience::Interactive).await)?;
    app.warm_up().await;
    let service = Adapter::from(service_fn(|request: Request| async { app.handle(request).await.map(Whole) }));
    // Its span is what gives each log line its request id.
    Runtime::new(service).layer(TracingLayer::new()).run().await
}
