//! The stores over real SDK clients with canned answers: what is asked for, and what every answer becomes.

#![expect(clippy::unwrap_used, reason = "in a test a failed unwrap is the assertion")]

mod alert_log;
mod announcements;
mod emulator;
mod failures;
mod forecasts;
mod locks;
mod registry;
mod runs;
mod storage;
mod support;
