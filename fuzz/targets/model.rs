#![no_main]
//! Model files: any bytes are rejected, or the model forecasts and explains a probability and is written as it was read.

use features::feature_names;
use model::{Artifact, MAX_HEADER_BYTES};

libfuzzer_sys::fuzz_target!(|file: &[u8]| {
    let Ok(artifact) = Artifact::from_bytes(file, &Artifact::sha256(file)) else { return };
    for value in [0.0, -1e9, 1e300] {
        let row = vec![value; feature_names().len()];
        let (Ok(probability), Ok(explanation)) = (artifact.predict(&row), artifact.explain(&row)) else {
            panic!("a finite row of the right width is rejected")
        };
        assert!((0.01..=0.99).contains(&probability));
        let total: f64 = explanation.contributions.iter().map(|contribution| contribution.contribution).sum();
        assert!((explanation.expected + total - probability).abs() < 1e-9);
    }
    // A header with fewer spaces and digits may be shorter than the one that is written.
    if file.len() < MAX_HEADER_BYTES / 2 {
        let Ok(written) = artifact.to_bytes() else { panic!("the parsed artifact cannot be written") };
        let reread = Artifact::from_bytes(&written, &Artifact::sha256(&written)).ok();
        assert!(reread.as_ref() == Some(&artifact));
    }
});
