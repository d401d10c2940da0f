//! Time of the largest permitted model: `cargo bench -p model`.
//!
//! The model is one balanced tree with the maximum number of nodes, and with a different feature at each level. It has the
//! slowest explanation within the limits. Prints the fastest of several runs, in milliseconds, as one JSON object.

use features::feature_names;
use jiff::Timestamp;
use model::{Artifact, Family, Forest, MAX_NODES, Member, Model, Node};
use serde_json::json;
use std::{error::Error, hint::black_box, io, io::Write, time::Instant};

const RUNS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let artifact = largest_artifact()?;
    let file = artifact.to_bytes()?;
    let hash = Artifact::sha256(&file);
    let row = vec![0.25; feature_names().len()];
    let report = json!({
        "bytes": file.len(),
        "read_ms": fastest_ms(|| Artifact::from_bytes(&file, &hash)),
        "predict_ms": fastest_ms(|| artifact.predict(&row)),
        "explain_ms": fastest_ms(|| artifact.explain(&row)),
    });
    writeln!(io::stdout().lock(), "{report}")?;
    Ok(())
}

/// Time of the fastest of several runs, in milliseconds.
fn fastest_ms<T>(work: impl Fn() -> T) -> f64 {
    let run = || {
        let start = Instant::now();
        black_box(work());
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..RUNS).map(|_| run()).fold(f64::INFINITY, f64::min)
}

fn largest_artifact() -> Result<Artifact, Box<dyn Error>> {
    let last = MAX_NODES - 2;
    let mut nodes = Vec::with_capacity(last + 1);
    for node in 0..=last {
        let level = u16::try_from((node + 1).ilog2())?;
        let left = 2 * node + 1;
        // Number of leaves below the node, because the tree is full.
        let cover = f32::from(u16::try_from((MAX_NODES / 2) >> level)?);
        nodes.push(if left < last {
            Node::Split { feature: level, left: u32::try_from(left)?, threshold: 0.2, cover }
        } else {
            Node::Leaf { value: f64::from(u8::try_from(node % 101)?) / 100.0, cover }
        });
    }
    let model = Model::Forest(Forest { roots: vec![0], nodes });
    let trained_at = Timestamp::UNIX_EPOCH;
    let climatology = Artifact::climatology("eth-usd-1d-h1".parse()?, 0.5, trained_at, trained_at, "bench");
    let members = vec![Member { family: Family::RandomForest, weight: 1.0, model }];
    Ok(Artifact { members, shrinkage: 1.0, ..climatology })
}
