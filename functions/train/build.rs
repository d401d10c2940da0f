//! Names the code: the version of the package and, in a repository, the commit that it is built from. `-dirty` says
//! that something differed from the commit when this ran: after each commit and checkout, not after each change.

use std::{path::Path, process::Command};

fn main() {
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let named = match git(&["describe", "--always", "--abbrev=12", "--dirty", "--match="]) {
        Some(commit) => format!("{version}+{commit}"),
        None => version,
    };
    println!("cargo::rustc-env=WEATHERVANE_CODE_VERSION={named}");
    println!("cargo::rerun-if-changed=build.rs");
    // The log of HEAD changes with every commit and checkout.
    for path in ["logs/HEAD", "HEAD"].iter().filter_map(|path| git(&["rev-parse", "--git-path", path])) {
        // cargo takes a file that is not there for one that changed, each time.
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
}

/// Output of git, if it is installed and this is a repository.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned()).filter(|text| !text.is_empty())
}
