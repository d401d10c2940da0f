#![no_main]
//! Times: one that is read is in the range of time that a key can hold, and is read again from what it is written as.

use market_data::time::{EARLIEST, TimeBounds};
use jiff::Timestamp;

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
