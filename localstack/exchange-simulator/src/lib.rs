//! Local server of five exchanges: their wire formats over stored or simulated bars, with a clock, regime changes and
//! injected faults.
//!
//! Tests start it in their own process with [`ExchangeServer::start`]. The system tests start the program of the same
//! name and control it over HTTP, under `/control`.

mod bar_series;
mod body;
mod config;
mod control;
mod csv_files;
mod fault;
mod faults;
mod market;
mod page;
mod response_faults;
mod row_faults;
mod server;
mod source;
mod sources;
mod state;

pub use config::MarketConfig;
pub use control::serve;
pub use csv_files::CsvFilesError;
pub use fault::{Fault, FaultKind, RowField};
pub use market::{Listing, SimulatedMarket};
pub use server::{ExchangeServer, RecordedRequest};
pub use source::Source;
