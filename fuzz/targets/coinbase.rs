#![no_main]
//! Responses of Coinbase.

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::parse_and_validate(exchanges::SourceName::Coinbase, body));
