//! The market's sources: what each one speaks, how often it may be asked, and who stands in when it fails.
//!
//! [`Fetcher::gather`] asks the preferred source and its witnesses at the same time, replaces those that fail, and has
//! the holes that remain filled by the others. What it returns is what the sources said, each screened by itself: which
//! of their bars counts is decided by `domain::observation`.
//!
//! This is the only crate that calls out to the market, and the only one that names an HTTP client. It must not know
//! where bars are kept, what is announced or who asks: no AWS, no polars, no environment. The clock is a value of what
//! is [`Wanted`]; the machine's own counts only for the sources' pace, for a `Retry-After` date, and to tell a bar that
//! opened meanwhile from one of the future.

mod decimal;
mod delivery;
mod error;
mod fetch;
mod gather;
mod holes;
mod http;
mod json;
mod retry;
mod roster;
mod schedule;
mod seen;
mod source;
mod sources;
mod wanted;

pub use delivery::{Delivery, Gathered, Page};
pub use error::{NoSource, SourceError, SourceFailure};
pub use fetch::{Fetcher, Policy};
pub use http::Timeouts;
/// Why there is no HTTP client.
pub use reqwest::Error as HttpError;
pub use retry::RetryPolicy;
pub use seen::Seen;
pub use source::Source;
pub use sources::{ParseSourceError, SourceName};
pub use wanted::Wanted;
