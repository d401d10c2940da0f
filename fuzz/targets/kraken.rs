#![no_main]
//! Answers of Kraken.

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::parse_and_screen(exchanges::SourceName::Kraken, body));
