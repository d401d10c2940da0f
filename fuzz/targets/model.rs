#![no_main]
//! Model files: whatever the bytes, they are refused, or the model forecasts and explains a probability and is written
//! as it was read.

use features::feature_names;
use model::{Artifact, MAX_HEADER_BYTES};

libfuzzer_sys::fuzz_target!(|file: &[u8]| {
    let Ok(artifact) = Artifact::from_bytes(file, &Artifact::sha256(file)) else { return };
    for value in [0.0, -1e9, 1e300] {
        let row = vec![value; feature_names().len()];
        let (Ok(probability), Ok(explanation)) = (artifact.predict(&row), artifact.explain(&row)) else {
            panic!("a finite row of the right width is refused")
        };
        assert!((0.01..=0.99).contains(&probability));
        let moved: f64 = explanation.contributions.iter().map(|one| one.contribution).sum();
        assert!((explanation.expected + moved - probability).abs() < 1e-9);
    }
    // A header of other spaces and digits may be shorter than the one that is written for it.
    if file.len() < MAX_HEADER_BYTES / 2 {
        let Ok(written) = artifact.to_bytes() else { panic!("what was read cannot be written") };
        let again = Artifact::from_bytes(&written, &Artifact::sha256(&written)).ok();
        assert!(again.as_ref() == Some(&artifact));
    }
});
