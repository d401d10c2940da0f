//! MLflow's REST API without IO: entities, requests, errors, limits, filters and page tokens.
//!
//! Shapes, limits and messages follow MLflow 3.17, whose client reads them.

pub mod artifact_path;
pub mod error;
pub mod experiment;
pub mod filter;
pub mod limits;
pub mod logged_model;
pub mod metric;
pub mod names;
pub mod number;
pub mod page;
pub mod pair;
pub mod registry;
pub mod request;
pub mod run;

pub use artifact_path::ArtifactPath;
pub use error::{ApiError, ErrorCode};
pub use experiment::Experiment;
pub use filter::{Filter, OrderBy, Schema, Searchable, Value};
pub use logged_model::LoggedModel;
pub use metric::{Metric, MetricPoint};
pub use page::PageToken;
pub use pair::Pair;
pub use registry::{ModelVersion, RegisteredModel};
pub use run::Run;

/// Result of every function in this crate that can refuse a request.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;
