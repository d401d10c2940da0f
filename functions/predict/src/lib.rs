//! HTTP API and dashboard: forecasts, history, series, liveness and the OpenAPI document.
//!
//! [`handler`] decodes an event to a [`request::PredictRequest`], and [`PredictService`] answers it. [`load`] and
//! [`dashboard`] read the stores. Everything between is pure: [`forecast`], [`scoring`], [`overview`], [`versions`] and
//! [`readiness`].

pub mod bars;
pub mod baseline;
mod cache;
mod cell;
pub mod champion;
mod compression;
mod concurrent;
pub mod cursor;
pub mod dashboard;
mod distribution;
pub mod error;
pub mod explanation;
mod fields;
pub mod forecast;
pub mod handler;
pub mod health;
pub mod history;
pub mod load;
mod metrics;
mod model_input;
pub mod openapi;
pub mod overview;
pub mod problem;
mod problem_page;
pub mod quality;
pub mod readiness;
pub mod report;
pub mod request;
pub mod response;
pub mod route;
mod schema;
pub mod scoring;
mod service;
pub mod serving_context;
pub mod stores;
mod text;
mod truncate;
pub mod versions;
pub mod window;

pub use service::PredictService;
