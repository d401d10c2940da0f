//! The Lambda function `train`.

use aws::CallProfile;
use lambda_shell::{Error, startup_error};
use train::{TrainService, handler};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let shell = lambda_shell::start(CallProfile::Batch).await?;
    let service = TrainService::new(&shell.config, &shell.clients).map_err(startup_error)?;
    shell.run(async |payload, invocation| handler::handle(&service, payload, &invocation).await).await
}
