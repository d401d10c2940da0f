#![no_main]
//! Answers of Yahoo.

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::parse_and_screen(exchanges::SourceName::Yahoo, body));
