//! The function `score`: forecasts each new decision time, settles earlier forecasts, monitors the champion, stores a
//! report and sends notifications.

mod alert;
mod assessment;
mod bar_window;
mod bars;
mod champion;
mod champion_tests;
mod distribution_record;
mod distribution_text;
mod drift;
mod error;
mod experts;
mod forecast;
mod forecast_store;
pub mod handler;
mod metrics;
mod notifier;
mod report;
mod report_store;
mod request;
mod response;
mod service;
mod settlement;
#[cfg(test)]
mod testing;
mod track_record;

pub use error::ScoreError;
pub use notifier::Notifier;
pub use request::ScoreRequest;
pub use response::ScoreResponse;
pub use service::ScoreService;
