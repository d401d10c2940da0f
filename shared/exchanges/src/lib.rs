//! Clients of the five market data sources: wire formats, rate limits, retries, failover and cross-checks.
//!
//! [`Fetcher::fetch`] requests the primary source and its cross-checks at the same time, and replaces those that fail.
//! The other sources fill the gaps that remain. The result has one validated [`SourceBatch`] for each source;
//! `market_data::observation` resolves which of their bars count.
//!
//! This is the only crate that sends requests to the market, and the only one with an HTTP client. It must not depend on
//! AWS, polars or the environment. The present time is part of a [`BarRequest`]. The clock of the machine is used for rate
//! limits, for `Retry-After` dates, and to distinguish a bar that opened meanwhile from one in the future.

mod batch;
mod decimal;
mod error;
mod excerpt;
mod failover;
mod fetch;
mod http;
mod json;
mod rate_limit;
mod request;
mod retry;
mod source;
mod source_name;
mod source_order;
mod sources;
mod unresolved;

pub use batch::{FetchResult, RawPage, SourceBatch};
pub use error::{AllSourcesFailed, SourceError, SourceFailure};
pub use excerpt::BodyExcerpt;
pub use fetch::{FetchPolicy, Fetcher};
pub use http::Timeouts;
pub use request::BarRequest;
/// Failure to create the HTTP client.
pub use reqwest::Error as HttpError;
pub use retry::RetryPolicy;
pub use source::Source;
pub use source_name::{ParseSourceError, SourceName};
