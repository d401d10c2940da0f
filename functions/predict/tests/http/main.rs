//! The service without AWS: requests in, responses out, with what was loaded given as data.

mod answers;
mod bad_input;
mod contract;
mod dependencies;
mod history;
mod refusal;
mod support;
