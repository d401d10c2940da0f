use super::*;
use crate::{ArtifactError, Forest, Logistic, Model, Node};
use domain::features::feature_names;
use proptest::prelude::*;

fn artifact(model: Model) -> Artifact {
    let time = |text: &str| text.parse().unwrap();
    let mut artifact = Artifact::climatology(
        "eth-usd-1d-h1".parse().unwrap(),
        0.52,
        time("2023-12-31T00:00:00Z"),
        time("2022-12-01T00:00:00Z"),
        "run-1",
    );
    artifact.edge = Edge::from_skill(0.013, [0.001, 0.025], 365);
    artifact.band_half_width = 0.06;
    artifact.calibration = Calibration { slope: 0.7, intercept: -0.01 };
    artifact.shrinkage = 0.6;
    artifact.model = model;
    artifact
}

fn logistic() -> Artifact {
    let width = feature_names().len();
    artifact(Model::Logistic(Logistic {
        means: vec![0.1; width],
        scales: vec![1.5; width],
        weights: (0..width).map(|i| f64::from(u8::try_from(i).unwrap()) / 100.0 - 0.1).collect(),
        intercept: 0.03,
    }))
}

fn forest() -> Artifact {
    let split = |feature, threshold, left| Node::Split { feature, left, threshold };
    let leaf = |value| Node::Leaf { value };
    let nodes = vec![split(0, 0.0, 1), leaf(0.3), split(3, 1.5, 3), leaf(0.5), leaf(0.9), leaf(0.55)];
    artifact(Model::RandomForest(Forest { roots: vec![0, 5], nodes }))
}

fn all() -> [Artifact; 3] {
    [artifact(Model::Climatology), logistic(), forest()]
}

#[test]
fn every_family_round_trips_to_the_same_forecasts() {
    for artifact in all() {
        let bytes = artifact.to_bytes().unwrap();
        let read = Artifact::from_bytes(&bytes, &Artifact::sha256(&bytes)).unwrap();
        assert_eq!(read, artifact);
        assert_eq!(read.to_bytes().unwrap(), bytes);
        let row = vec![0.25; feature_names().len()];
        assert_eq!(read.predict(&row), artifact.predict(&row));
    }
}

/// Raw forest probability (0.5 + 0.55) / 2 = 0.525; calibrated sigmoid(0.7 ln(0.525 / 0.475) - 0.01) = 0.5150101;
/// shrunk 0.52 + 0.6 (0.5150101 - 0.52). Computed with Python 3's math module.
#[test]
fn forecasts_are_calibrated_and_shrunk_toward_the_base_rate() {
    let mut row = vec![0.25; feature_names().len()];
    let p = forest().predict(&row).unwrap();
    assert!((p - 0.5170060562303527).abs() < 1e-12, "{p}");
    let band = forest().band(p);
    assert!((band[1] - band[0] - 0.12).abs() < 1e-12);
    row[3] = f64::NAN;
    assert!(forest().predict(&row).is_err());
    assert!(forest().predict(&row[1..]).is_err());
}

#[test]
fn another_hash_format_or_feature_set_is_refused() {
    let bytes = logistic().to_bytes().unwrap();
    let hash = Artifact::sha256(&bytes);
    let refuse = |bytes: &[u8]| Artifact::from_bytes(bytes, &Artifact::sha256(bytes)).unwrap_err();

    let mut other = bytes.clone();
    *other.last_mut().unwrap() ^= 1;
    assert!(matches!(Artifact::from_bytes(&other, &hash), Err(ArtifactError::Hash { .. })));

    let mut other = bytes.clone();
    other[4] = 2;
    assert!(matches!(refuse(&other), ArtifactError::FormatVersion { found: 2, expected: FORMAT }));

    let mut other = bytes.clone();
    let place = bytes.windows(5).position(|w| w == b"\"v1\",").unwrap();
    other[place + 2] = b'0';
    assert!(matches!(refuse(&other), ArtifactError::FeatureSet { .. }));

    assert!(matches!(refuse(&bytes[..bytes.len() - 1]), ArtifactError::Length { .. }));
    assert!(matches!(refuse(&[&bytes[..], &[0]].concat()), ArtifactError::Length { .. }));
    assert!(matches!(refuse(b"PK\x03\x04"), ArtifactError::Magic));
}

/// A header may claim four billion nodes; nothing may be allocated for them.
#[test]
fn claimed_sizes_are_compared_with_the_file() {
    let bytes = forest().to_bytes().unwrap();
    let text = String::from_utf8_lossy(&bytes[PREFIX..]);
    let end = text.find('}').map(|_| text.rfind("\"nodes\":6}").unwrap()).unwrap();
    let mut header = bytes[PREFIX..PREFIX + end].to_vec();
    header.extend(b"\"nodes\":4294967295}");
    let mut file = [&MAGIC[..], &FORMAT.to_le_bytes(), &u32::try_from(header.len()).unwrap().to_le_bytes()].concat();
    file.extend(header);
    file.extend([0; 100]);
    assert!(matches!(Artifact::parse(&file), Err(ArtifactError::Length { part: "model parameters", .. })));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Artifact::parse(&bytes).is_err());
        let framed = [&MAGIC[..], &FORMAT.to_le_bytes(), &bytes].concat();
        prop_assert!(Artifact::parse(&framed).is_err());
    }

    /// Whatever a damaged file still says, it is refused, or it forecasts a probability without a panic or a loop.
    #[test]
    fn damaged_files_are_refused_or_still_serve(
        which in 0usize..3, damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = all()[which].to_bytes().unwrap();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(artifact) = Artifact::parse(&bytes) {
            let p = artifact.predict(&vec![0.25; feature_names().len()]).unwrap();
            prop_assert!((0.01..=0.99).contains(&p));
        }
    }
}
