//! The `track` function: MLflow's REST API on DynamoDB and S3.

use aws::CallProfile;
use track::{TrackService, handler};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_shell::Error> {
    let shell = lambda_shell::start(CallProfile::Interactive).await?;
    let service = TrackService::new(&shell.clients).map_err(lambda_shell::startup_error)?;
    shell.run(async |payload, invocation| handler::handle(&service, payload, invocation).await).await
}
