//! Observability: how errors are told, logged and measured.

mod failure;

pub use failure::error_chain;
