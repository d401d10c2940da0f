#![no_main]
//! Answers of Bitstamp.

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::parse_and_screen(exchanges::SourceName::Bitstamp, body));
