//! The market's sources: what each one speaks, how often it may be asked, and who stands in when it fails.
//!
//! [`Fetcher::gather`] asks the preferred source and its witnesses at the same time, replaces those that fail, and has
//! the holes that remain filled by the others. What it returns is what the sources said, each screened by itself: which
//! of their bars counts is decided by `market_data::observation`.
//!
//! This is the only crate that calls out to the market, and the only one that names an HTTP client. It must not know
//! where bars are kept, what is announced or who asks: no AWS, no polars, no environment. The clock is a value of what
//! is [`Wanted`]; the machine's own counts only for the sources' pace, for a `Retry-After` date, and to tell a bar that
//! opened meanwhile from one of the future.

mod batch;
mod decimal;
mod error;
mod failover;
mod fetch;
mod http;
mod json;
mod rate_limit;
mod request;
mod retry;
mod seen;
mod source;
mod source_order;
mod sources;
mod unresolved;

pub use batch::{FetchResult, RawPage, SourceBatch};
pub use error::{AllSourcesFailed, SourceError, SourceFailure};
pub use fetch::{FetchPolicy, Fetcher};
pub use http::Timeouts;
pub use request::BarRequest;
/// Why there is no HTTP client.
pub use reqwest::Error as HttpError;
pub use retry::RetryPolicy;
pub use seen::Seen;
pub use source::Source;
pub use sources::{ParseSourceError, SourceName};
