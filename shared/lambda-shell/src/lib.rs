//! Lambda shell: everything between the Lambda runtime and a service. It starts a function with its configuration and AWS
//! clients, hands each payload with its [`Invocation`] to the handler, and reports errors under stable names.
//!
//! No other crate names `lambda_runtime`, except predict through `lambda_http`.

mod error;
mod invocation;

pub use error::{FunctionError, HandlerError};
pub use invocation::Invocation;
pub use lambda_runtime::Error;

use aws::{AwsClients, CallProfile, Config};
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, layers::TracingLayer, service_fn};
use observability::{error_chain, telemetry};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt::Debug, pin::Pin};

/// A started function: its logs are set up, its configuration is read and its clients are made.
#[derive(Debug)]
pub struct Shell {
    /// Configuration from the environment.
    pub config: Config,
    /// AWS clients, made once per process.
    pub clients: AwsClients,
}

/// Starts a function: sets up logs, reads the configuration and makes the AWS clients.
///
/// # Errors
/// The configuration is invalid, or the bundle of certificates cannot be used.
pub async fn start(profile: CallProfile) -> Result<Shell, Error> {
    telemetry::init();
    let config = Config::from_env().map_err(startup_error)?;
    let clients = AwsClients::load(&config, profile).await.map_err(startup_error)?;
    Ok(Shell { config, clients })
}

/// An error at start-up with its whole chain of causes, which the runtime would leave out.
#[must_use]
pub fn startup_error(error: impl std::error::Error + 'static) -> Error {
    error_chain(&error).into()
}

impl Shell {
    /// Handles invocations until the runtime ends the process. Every log line of an invocation has its request id.
    ///
    /// # Errors
    /// The Runtime API cannot be reached.
    pub async fn run<P, R, E>(&self, handler: impl AsyncFn(P, Invocation) -> Result<R, E>) -> Result<(), Error>
    where
        P: DeserializeOwned,
        R: Serialize,
        E: Into<Diagnostic> + Debug,
    {
        // Boxed, or the types of the futures around a handler nest deeper than the compiler follows.
        let service = service_fn(|event: LambdaEvent<P>| -> Pin<Box<dyn Future<Output = Result<R, E>> + '_>> {
            let invocation = Invocation::from_context(&event.context);
            Box::pin(handler(event.payload, invocation))
        });
        Runtime::new(service).layer(TracingLayer::new()).run().await
    }
}
