//! Time of the largest model that is read: `cargo bench -p model`.
//!
//! One balanced tree with as many nodes as an artifact may have, each level on a feature of its own, so that every leaf
//! is as deep as leaves on average can be: the dearest explanation within the limits. Prints the fastest of some runs
//! as one JSON object.

use features::feature_names;
use jiff::Timestamp;
use model::{Artifact, Family, Forest, MAX_NODES, Member, Model, Node};
use serde_json::json;
use std::{error::Error, hint::black_box, io, io::Write, time::Instant};

const RUNS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let artifact = largest()?;
    let file = artifact.to_bytes()?;
    let hash = Artifact::sha256(&file);
    let row = vec![0.25; feature_names().len()];
    let report = json!({
        "bytes": file.len(),
        "read_ms": fastest(|| Artifact::from_bytes(&file, &hash)),
        "predict_ms": fastest(|| artifact.predict(&row)),
        "explain_ms": fastest(|| artifact.explain(&row)),
    });
    writeln!(io::stdout().lock(), "{report}")?;
    Ok(())
}

/// Milliseconds.
fn fastest<T>(work: impl Fn() -> T) -> f64 {
    let once = || {
        let began = Instant::now();
        black_box(work());
        began.elapsed().as_secs_f64() * 1e3
    };
    (0..RUNS).map(|_| once()).fold(f64::INFINITY, f64::min)
}

fn largest() -> Result<Artifact, Box<dyn Error>> {
    let last = MAX_NODES - 2;
    let mut nodes = Vec::with_capacity(last + 1);
    for place in 0..=last {
        let level = u16::try_from((place + 1).ilog2())?;
        let left = 2 * place + 1;
        // Leaves below a node of a full tree; the last level is full.
        let cover = f32::from(u16::try_from((MAX_NODES / 2) >> level)?);
        nodes.push(if left < last {
            Node::Split { feature: level, left: u32::try_from(left)?, threshold: 0.2, cover }
        } else {
            Node::Leaf { value: f64::from(u8::try_from(place % 101)?) / 100.0, cover }
        });
    }
    let model = Model::Forest(Forest { roots: vec![0], nodes });
    let at = Timestamp::UNIX_EPOCH;
    let climatology = Artifact::climatology("eth-usd-1d-h1".parse()?, 0.5, at, at, "bench");
    let members = vec![Member { family: Family::RandomForest, weight: 1.0, model }];
    Ok(Artifact { members, shrinkage: 1.0, ..climatology })
}
