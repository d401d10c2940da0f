//! The stores over real SDK clients with canned answers: what is asked for, and what every answer becomes.

mod announcements;
mod emulator;
mod failures;
mod forecasts;
mod locks;
mod registry;
mod runs;
mod storage;
mod support;
