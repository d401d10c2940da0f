//! Dependencies of predict: it starts in milliseconds because of the libraries that it does not link.

use std::process::Command;

/// Libraries for training, Parquet, exchanges, the rules and simulations.
const BANNED: [&str; 15] = [
    "smartcore",
    "forust-ml",
    "tpe",
    "rayon",
    "openssl",
    "reqwest",
    "clap",
    "training",
    "evaluation",
    "monitoring",
    "lake",
    "bar-store",
    "exchanges",
    "market-simulator",
    "exchange-simulator",
];

#[test]
fn predict_links_no_library_for_training_or_parquet() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "-p", "predict", "-e", "normal", "--prefix", "none", "-f", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"model"), "the tree is not predict's: {tree}");
    for name in names {
        assert!(!BANNED.contains(&name) && !name.starts_with("polars"), "predict links {name}");
    }
}
