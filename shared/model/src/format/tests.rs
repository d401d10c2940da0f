use super::*;
use crate::{
    ArtifactError, Boosted, Forest, Logistic, MAX_MEMBERS, MAX_NODES, MAX_TREES, Member, Model, Node, TrainedRange,
};
use contracts::{
    costs::{CallReturns, CostVerdict},
    forecast::Direction,
};
use features::{FEATURE_SET, feature_names};
use market_data::numbers::as_f64;
use proptest::prelude::*;

fn artifact(members: Vec<Member>) -> Artifact {
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
    artifact.calibration = Calibration::Platt { slope: 0.7, intercept: -0.01 };
    artifact.shrinkage = 0.6;
    artifact.members = members;
    let width = feature_names().len();
    artifact.trained_range = Some(TrainedRange { low: vec![-0.5; width], high: vec![0.5; width], threshold: 0.01 });
    artifact
}

fn member(family: Family, weight: f64) -> Member {
    let width = feature_names().len();
    let model = match family {
        Family::Boosting => Model::Boosted(Boosted { base: -0.05, trees: trees(-1.0) }),
        Family::RandomForest | Family::ExtraTrees => Model::Forest(trees(0.3)),
        _ => Model::Logistic(Logistic {
            means: vec![0.1; width],
            scales: vec![1.5; width],
            weights: (0..width).map(|i| f64::from(u8::try_from(i).unwrap()) / 100.0 - 0.1).collect(),
            intercept: 0.03,
        }),
    };
    Member { family, weight, model }
}

/// Forest with one tree of three leaves and one of a single leaf.
fn trees(lowest: f64) -> Forest {
    let split = |feature, threshold, left, cover| Node::Split { feature, left, threshold, cover };
    let leaf = |value, cover| Node::Leaf { value, cover };
    let nodes = vec![
        split(0, 0.0, 1, 9.0),
        leaf(lowest, 4.0),
        split(3, 1.5, 3, 5.0),
        leaf(0.5, 3.5),
        leaf(0.9, 1.5),
        leaf(0.55, 9.0),
    ];
    Forest { roots: vec![0, 5], nodes }
}

fn single(family: Family) -> Artifact {
    artifact(vec![member(family, 1.0)])
}

fn ensemble() -> Artifact {
    let members = [(Family::Logistic, 0.25), (Family::ExtraTrees, 0.5), (Family::Boosting, 0.25)];
    let isotonic = Calibration::Isotonic { at: vec![0.3, 0.5, 0.6], value: vec![0.45, 0.5, 0.58] };
    Artifact { calibration: isotonic, ..artifact(members.map(|(family, weight)| member(family, weight)).to_vec()) }
}

fn all() -> [Artifact; 5] {
    [artifact(vec![]), single(Family::Logistic), single(Family::RandomForest), single(Family::Boosting), ensemble()]
}

/// File with a text replaced in its header, and the header length adapted.
fn with_header(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    let end = PREFIX_BYTES + usize::try_from(u32::from_le_bytes(file[8..12].try_into().unwrap())).unwrap();
    let header = std::str::from_utf8(&file[PREFIX_BYTES..end]).unwrap();
    assert!(header.contains(from), "{header}");
    let header = header.replacen(from, to, 1);
    let length = u32::try_from(header.len()).unwrap().to_le_bytes();
    [&file[..8], &length, header.as_bytes(), &file[end..]].concat()
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
fn forecasts_are_calibrated_and_shrunk_towards_the_base_rate() {
    let mut row = vec![0.25; feature_names().len()];
    let p = single(Family::RandomForest).predict(&row).unwrap();
    assert!((p - 0.5170060562303527).abs() < 1e-12, "{p}");
    let band = single(Family::RandomForest).band(p);
    assert!((band[1] - band[0] - 0.12).abs() < 1e-12);
    row[3] = f64::NAN;
    assert!(single(Family::RandomForest).predict(&row).is_err());
    assert!(single(Family::RandomForest).predict(&row[1..]).is_err());
}

#[test]
fn another_hash_format_or_feature_set_is_rejected() {
    let bytes = single(Family::Logistic).to_bytes().unwrap();
    let hash = Artifact::sha256(&bytes);
    let reject = |bytes: &[u8]| Artifact::from_bytes(bytes, &Artifact::sha256(bytes)).unwrap_err();

    let mut other = bytes.clone();
    *other.last_mut().unwrap() ^= 1;
    assert!(matches!(Artifact::from_bytes(&other, &hash), Err(ArtifactError::Hash { .. })));

    let mut other = bytes.clone();
    other[4] = 1;
    assert!(matches!(reject(&other), ArtifactError::FormatVersion { found: 1, expected: FORMAT_VERSION }));

    let other = with_header(&bytes, &format!("\"{FEATURE_SET}\","), "\"v0\",");
    let message = reject(&other).to_string();
    assert_eq!(message, "artifact has feature set `v0`, but this code computes `v2`: train the series again");

    assert!(matches!(reject(&bytes[..bytes.len() - 1]), ArtifactError::Length { .. }));
    assert!(matches!(reject(&[&bytes[..], &[0]].concat()), ArtifactError::Length { .. }));
    assert!(matches!(reject(b"PK\x03\x04"), ArtifactError::Magic));
}

#[test]
fn a_file_of_an_older_format_is_read_but_has_no_later_part() {
    let verdict = CostVerdict::NotTradable;
    let costed = |artifact: Artifact| {
        let edge = Edge { after_costs: CallReturns { verdict, ..CallReturns::UNKNOWN }, ..artifact.edge };
        Artifact { edge, trained_range: None, ..artifact }
    };
    let plain = Artifact { trained_range: None, ..single(Family::Logistic) };
    let older = |artifact: &Artifact| {
        let mut bytes = artifact.to_bytes().unwrap();
        bytes[4] = 3;
        bytes
    };
    let after_costs = serde_json::to_string(&CallReturns::UNKNOWN).unwrap();
    let stored = with_header(&older(&plain), &format!(",\"after_costs\":{after_costs}"), "");
    let stored = with_header(&stored, ",\"trained_range\":null", "");
    assert_eq!(Artifact::parse(&stored).unwrap(), plain, "as format 3 was written");
    for (artifact, part) in
        [(single(Family::Logistic), "a trained range"), (costed(plain.clone()), "returns after costs")]
    {
        let message = Artifact::parse(&older(&artifact)).unwrap_err().to_string();
        assert_eq!(message, format!("artifact has {part}, which format 3 does not have: the first is format 4"));
    }
}

/// The trained range is -0.5 to 0.5, and one feature far outside is novel.
#[test]
fn novel_features_and_bands_around_one_half_name_no_direction() {
    let artifact = Artifact { band_half_width: 0.01, ..single(Family::RandomForest) };
    let edge = Edge::from_skill(0.013, [0.001, 0.025], 365);
    let mut row = vec![0.25; feature_names().len()];
    let p = artifact.predict(&row).unwrap();
    assert_eq!(artifact.direction(&row, p, &edge), Ok(Direction::Up), "{p}");
    let wide = Artifact { band_half_width: 0.06, ..artifact.clone() };
    assert_eq!(wide.direction(&row, p, &edge), Ok(Direction::Abstain));
    row[7] = 9.0;
    assert_eq!(artifact.predict(&row), Ok(p), "no tree splits at this feature");
    assert_eq!(artifact.direction(&row, p, &edge), Ok(Direction::Abstain));
    let older = Artifact { trained_range: None, ..artifact };
    assert_eq!((older.novelty(&row), older.direction(&row, p, &edge)), (Ok(None), Ok(Direction::Up)));
}

#[test]
fn an_error_names_the_first_feature_that_differs() {
    let bytes = single(Family::RandomForest).to_bytes().unwrap();
    let [first, second, ..] = feature_names() else { panic!("fewer than two features") };
    let (pair, names) = (format!("\"{first}\",\"{second}\""), feature_names().len());
    let cases = [
        (format!("\"{second}\",\"{first}\""), format!("feature 0 of the artifact is `{second}`, but `{first}`")),
        (format!("\"{first}\",\"x\\u0000{}\"", "y".repeat(99)), "feature 1 of the artifact is `x\\0yyy".to_owned()),
        (format!("\"{first}\""), format!("artifact has {} features, but feature set `v2` has {names}", names - 1)),
    ];
    for (to, expected) in cases {
        let message = Artifact::parse(&with_header(&bytes, &pair, &to)).unwrap_err().to_string();
        assert!(message.starts_with(&expected) && message.len() < 200, "{message}");
    }
}

/// Regression: 33 MB of names took 546 MB of memory before they were rejected.
#[test]
fn a_header_above_its_limit_is_rejected_unread() {
    let bytes = single(Family::Logistic).to_bytes().unwrap();
    let many = format!("\"feature_names\":[{}", "\"\",".repeat(MAX_HEADER_BYTES / 3));
    let file = with_header(&bytes, "\"feature_names\":[", &many);
    let error = Artifact::parse(&file).unwrap_err();
    assert!(
        matches!(error, ArtifactError::TooMany { part: "bytes of header", limit: MAX_HEADER_BYTES, .. }),
        "{error}"
    );
    let long = Artifact { run: "r".repeat(MAX_HEADER_BYTES), ..single(Family::Logistic) };
    assert!(matches!(long.to_bytes(), Err(ArtifactError::TooMany { part: "bytes of header", .. })));
}

/// Forest of single leaves.
fn leaves(trees: usize) -> Forest {
    let roots = (0..trees).map(|root| u32::try_from(root).unwrap()).collect();
    Forest { roots, nodes: vec![Node::Leaf { value: 0.5, cover: 1.0 }; trees] }
}

/// Balanced tree with an odd number of nodes.
fn balanced(nodes: usize) -> Forest {
    let leaf = |_| Node::Leaf { value: 0.5, cover: 1.0 };
    let mut tree: Vec<Node> = (0..nodes).map(leaf).collect();
    for node in (0..nodes / 2).rev() {
        let left = 2 * node + 1;
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers below 2^17")]
        let cover = (tree[left].cover() + tree[left + 1].cover()) as f32;
        tree[node] = Node::Split { feature: 0, left: u32::try_from(left).unwrap(), threshold: 0.0, cover };
    }
    Forest { roots: vec![0], nodes: tree }
}

#[test]
fn an_artifact_at_its_limits_is_written_and_read() {
    let with_forests = |forests: [Forest; 2]| {
        let member = |model| Member { family: Family::RandomForest, weight: 0.5, model: Model::Forest(model) };
        artifact(forests.map(member).to_vec())
    };
    for (fits, too_much, part) in [
        ([leaves(MAX_TREES / 2), leaves(MAX_TREES / 2)], [leaves(MAX_TREES / 2), leaves(MAX_TREES / 2 + 1)], "trees"),
        (
            [balanced(MAX_NODES / 2 - 1), balanced(MAX_NODES / 2 + 1)],
            [balanced(MAX_NODES / 2 + 1), balanced(MAX_NODES / 2 + 1)],
            "nodes",
        ),
    ] {
        let bytes = with_forests(fits).to_bytes().unwrap();
        assert!(bytes.len() < MAX_BYTES && Artifact::parse(&bytes).is_ok(), "{part}");
        let error = with_forests(too_much).to_bytes().unwrap_err();
        assert!(matches!(error, ArtifactError::TooMany { part: found, .. } if found == part), "{error}");
    }
}

#[test]
fn the_longest_header_needs_less_than_half_the_limit() {
    let points = |step: f64| (0..crate::MAX_POINTS).map(move |point| f64::from(u16::try_from(point).unwrap()) * step);
    let isotonic = Calibration::Isotonic { at: points(1.0 / 1023.7).collect(), value: points(1.0 / 1021.3).collect() };
    let members = vec![member(Family::Logistic, 1.0 / 16.0); MAX_MEMBERS];
    let bytes = Artifact { calibration: isotonic, ..artifact(members) }.to_bytes().unwrap();
    let header = u32::from_le_bytes(bytes[8..12].try_into().unwrap());
    assert!(usize::try_from(header).unwrap() < MAX_HEADER_BYTES / 2, "{header}");
}

#[test]
fn a_decreasing_calibration_is_rejected() {
    let bytes = single(Family::Logistic).to_bytes().unwrap();
    let decreasing = with_header(&bytes, "\"slope\":0.7", "\"slope\":-0.7");
    let message = Artifact::parse(&decreasing).unwrap_err().to_string();
    assert!(message.starts_with("artifact has calibration slope -0.7, expected zero or more"), "{message}");
    assert!(Artifact::parse(&with_header(&bytes, "\"slope\":0.7", "\"slope\":0.0")).is_ok());
}

/// A header may claim four billion nodes; no memory may be allocated for them.
#[test]
fn claimed_sizes_are_compared_with_the_file() {
    let bytes = ensemble().to_bytes().unwrap();
    for claim in ["\"nodes\":4294967295}", "\"nodes\":7}", "\"nodes\":5}"] {
        let file = with_header(&bytes, "\"nodes\":6}", claim);
        assert!(matches!(Artifact::parse(&file), Err(ArtifactError::Length { part: "bytes of model parameters", .. })));
    }
    let lengthened = {
        let mut file = bytes.clone();
        file[8..12].copy_from_slice(&60_000_u32.to_le_bytes());
        file
    };
    assert!(matches!(Artifact::parse(&lengthened), Err(ArtifactError::Length { part: "bytes of header", .. })));
}

#[test]
fn inconsistent_members_are_rejected() {
    let bytes = ensemble().to_bytes().unwrap();
    for (from, to) in [
        ("\"family\":\"extra_trees\"", "\"family\":\"ensemble\""),
        ("\"family\":\"extra_trees\"", "\"family\":\"climatology\""),
        ("\"trees\":0", "\"trees\":1"),
    ] {
        let error = Artifact::parse(&with_header(&bytes, from, to));
        assert!(matches!(error, Err(ArtifactError::Member { .. })), "{to}: {error:?}");
    }
    for (from, to) in [("0.25", "0.35"), ("0.25", "-0.25"), ("0.25", "0.0"), ("0.25", "1.25")] {
        let from = format!("\"weight\":{from}");
        let error = Artifact::parse(&with_header(&bytes, &from, &format!("\"weight\":{to}")));
        assert!(matches!(error, Err(ArtifactError::Value { .. })), "{to}: {error:?}");
    }
    let unknown = with_header(&bytes, "\"weight\"", "\"more\":1,\"weight\"");
    assert!(matches!(Artifact::parse(&unknown), Err(ArtifactError::Header { .. })));
    let descending = with_header(&bytes, "[0.3,0.5,0.6]", "[0.3,0.6,0.5]");
    assert!(matches!(Artifact::parse(&descending), Err(ArtifactError::Calibration { .. })));

    let mislabelled = Member { family: Family::Boosting, ..member(Family::RandomForest, 1.0) };
    assert!(matches!(artifact(vec![mislabelled]).to_bytes(), Err(ArtifactError::Member { member: 0, .. })));
}

#[test]
fn too_many_members_are_rejected() {
    let with_members = |n: usize| artifact(vec![member(Family::Logistic, 1.0 / as_f64(n)); n]);
    let bytes = with_members(MAX_MEMBERS).to_bytes().unwrap();
    assert!(Artifact::parse(&bytes).is_ok());
    assert!(matches!(with_members(MAX_MEMBERS + 1).to_bytes(), Err(ArtifactError::TooMany { part: "members", .. })));
    let claimed = with_header(&bytes, "\"members\":[", &format!("\"members\":[{}", entries(1)));
    assert!(matches!(Artifact::parse(&claimed), Err(ArtifactError::TooMany { part: "members", .. })));
}

fn entries(n: usize) -> String {
    "{\"family\":\"logistic\",\"weight\":0.1,\"trees\":0,\"nodes\":0},".repeat(n)
}

#[test]
fn the_family_follows_from_the_members() {
    let families = all().map(|artifact| artifact.family());
    let expected = [Family::Climatology, Family::Logistic, Family::RandomForest, Family::Boosting, Family::Ensemble];
    assert_eq!(families, expected);
    for family in expected {
        assert_eq!(serde_json::to_value(family).unwrap(), family.to_string());
    }
}

#[test]
fn the_raw_probability_is_the_weighted_mean_of_the_members() {
    let row = vec![0.25; feature_names().len()];
    let raw = |family| single(family).raw(&row);
    let expected = 0.25 * raw(Family::Logistic) + 0.5 * raw(Family::ExtraTrees) + 0.25 * raw(Family::Boosting);
    assert!((ensemble().raw(&row) - expected).abs() < 1e-15);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Artifact::parse(&bytes).is_err());
        let framed = [&MAGIC[..], &FORMAT_VERSION.to_le_bytes(), &bytes].concat();
        prop_assert!(Artifact::parse(&framed).is_err());
    }

    /// A damaged file must be rejected, or forecast and explain without a panic or an endless loop.
    #[test]
    fn damaged_files_are_rejected_or_still_serve(
        which in 0usize..5, damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = all()[which].to_bytes().unwrap();
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Ok(artifact) = Artifact::parse(&bytes) {
            let row = vec![0.25; feature_names().len()];
            let p = artifact.predict(&row).unwrap();
            prop_assert!((0.01..=0.99).contains(&p));
            let explanation = artifact.explain(&row).unwrap();
            let total: f64 = explanation.contributions.iter().map(|contribution| contribution.contribution).sum();
            prop_assert!((explanation.expected + total - p).abs() < 1e-9);
        }
    }
}
