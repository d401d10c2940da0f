//! Answers HTTP: forecasts, history, the series, liveness and the contract.
//!
//! `Command::decode` turns a request into a [`command::Command`] or a [`refusal::Refusal`] and `forecast` turns what was loaded
//! into an answer; both are pure. `load` and `handler` do the IO.

pub mod bars;
pub mod baseline;
mod cache;
mod cell;
pub mod champion;
pub mod command;
mod compression;
mod concurrent;
pub mod cursor;
pub mod dashboard;
pub mod error_response;
pub mod event;
pub mod explanation;
mod fields;
pub mod forecast;
pub mod handler;
pub mod health;
pub mod history;
pub mod load;
pub mod openapi;
pub mod overview;
mod page;
pub mod problem;
pub mod quality;
pub mod readiness;
pub mod reply;
pub mod report;
pub mod route;
pub mod scoring;
pub mod stores;
mod text;
pub mod window;

pub use handler::PredictService;
