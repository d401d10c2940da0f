//! The `predict` function: clients, the model and the window are ready before the first request.

use aws::{Clients, Config, Patience, telemetry};
use lambda_http::{Error, Request, run, service_fn};
use predict::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = Config::from_env()?;
    let app = App::new(&Clients::load(&config, Patience::Interactive).await)?;
    app.warm_up().await;
    run(service_fn(|request: Request| app.handle(request))).await
}
