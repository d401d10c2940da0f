//! The Lambda function `ingest`.

use aws::CallProfile;
use ingest::{IngestService, handler};
use lambda_shell::{Error, startup_error};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let shell = lambda_shell::start(CallProfile::Batch).await?;
    let service = IngestService::new(&shell.config, &shell.clients).map_err(startup_error)?;
    shell.run(async |payload, invocation| handler::handle(&service, payload, &invocation).await).await
}
