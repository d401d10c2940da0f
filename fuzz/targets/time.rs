#![no_main]
//! Times: a parsed time is in the range of the keys, and is parsed again from its text.

use jiff::Timestamp;
use market_data::time::{EARLIEST, TimeBounds};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for bounds in [TimeBounds::STATED, TimeBounds::at(Timestamp::UNIX_EPOCH), TimeBounds::at(Timestamp::MAX)] {
        match bounds.parse(text) {
            Ok(time) => {
                assert!(time >= EARLIEST);
                assert_eq!(bounds.parse(&time.to_string()), Ok(time));
            }
            Err(error) => assert!(error.to_string().len() < 1_000),
        }
    }
});
