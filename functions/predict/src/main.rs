//! The `predict` function: clients, the model and the window are ready before the first request.

use aws::{Clients, Config, Patience, telemetry};
use lambda_http::{
    Adapter, Error, Request,
    lambda_runtime::{Runtime, layers::TracingLayer},
    service_fn,
    tower::ServiceExt as _,
};
use predict::{App, event::without_uri, reply::Whole};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = Config::from_env()?;
    let app = App::new(&Clients::load(&config, Patience::Interactive).await?)?;
    app.warm_up().await;
    let answer = service_fn(|request: Request| async { app.handle(request).await.map(Whole) });
    let service = Adapter::from(answer).map_request(without_uri);
    // Its span is what gives each log line its request id.
    Runtime::new(service).layer(TracingLayer::new()).run().await
}
