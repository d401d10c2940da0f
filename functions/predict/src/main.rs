//! The `predict` function: clients, model and bars are loaded before the first request.

use aws::CallProfile;
use predict::{PredictService, handler};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_shell::Error> {
    let shell = lambda_shell::start(CallProfile::Interactive).await?;
    let service = PredictService::new(&shell.clients).map_err(lambda_shell::startup_error)?;
    service.warm_up().await;
    shell.run(async |payload, invocation| handler::handle(&service, payload, invocation).await).await
}
