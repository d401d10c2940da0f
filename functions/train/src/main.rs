//! The Lambda function `train`.

use aws::CallProfile;
use lambda_shell::{Error, startup_error};
use train::handler;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let shell = lambda_shell::start(CallProfile::Batch).await?;
    let service = handler::trainer(&shell.config, &shell.clients).map_err(startup_error)?;
    shell.run(async |payload, invocation| handler::handle(&service, payload, invocation).await).await
}
