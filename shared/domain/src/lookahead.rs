//! Look-ahead.
