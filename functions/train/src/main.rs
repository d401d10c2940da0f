//! The Lambda function `train`.

use aws::{Clients, Config, Failure, Patience, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use train::handler;

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = Config::from_env()?;
    let clients = Clients::load(&config, Patience::Batch).await;
    let trainer = handler::trainer(&config, &clients).map_err(Failure::new)?;
    let trainer = &trainer;
    run(service_fn(async |event: LambdaEvent<_>| handler::handle(trainer, event).await.map_err(Error::from))).await
}
