//! The stores over real SDK clients with prepared responses: their requests, and the results of every response.

#![expect(clippy::unwrap_used, reason = "in a test a failed unwrap is the assertion")]

mod alert_log;

mod emulator;
mod failures;
mod forecasts;
mod locks;
mod publishing;
mod registry;
mod runs;
mod storage;
mod support;
mod tracking;
