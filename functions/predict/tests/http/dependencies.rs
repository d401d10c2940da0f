//! predict starts in milliseconds because of what it does not link.

use std::process::Command;

#[test]
fn predict_links_neither_the_lake_nor_training() {
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
        let banned =
            ["smartcore", "forust-ml", "tpe", "learn", "lake", "market", "reqwest", "simulator", "rayon", "openssl"]
                .contains(&name)
                || name.starts_with("polars");
        assert!(!banned, "predict links {name}");
    }
}
