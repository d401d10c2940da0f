//! MLflow's REST API: experiments, runs, metrics, registered models, logged models and their files.
//!
//! [`handler`] decodes an event to a [`route::Route`] and its body, and [`TrackService`] answers it. The crate
//! `mlflow-protocol` has everything that needs no store: entities, limits, filters and page tokens.

mod access;
mod aliases;
mod artifacts;
mod batch;
mod error;
mod event;
mod experiments;
pub mod handler;
mod ids;
mod logged_models;
mod metric_history;
mod models;
mod own;
pub mod request;
mod response;
pub mod route;
mod run_cache;
mod runs;
mod search;
mod service;
mod store;
mod versions;

pub use service::TrackService;
