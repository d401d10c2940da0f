//! The Lambda function `score`.

use aws::CallProfile;
use lambda_shell::{Error, startup_error};
use score::{ScoreService, handler};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let shell = lambda_shell::start(CallProfile::Batch).await?;
    let service = ScoreService::new(&shell.config, &shell.clients).map_err(startup_error)?;
    shell.run(async |payload, invocation| handler::handle(&service, payload, &invocation).await).await
}
