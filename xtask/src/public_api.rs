//! `cargo xtask public-api`: the types of other crates that each library shows.
//!
//! A type that is shown binds its crate's next major version to ours, so each manifest lists those
//! that may be. The lists stand where `cargo-check-external-types` has them; that tool reads one
//! version of rustdoc's JSON, so it goes with a single compiler, and compiles every dependency
//! again. Here JSON is written from what `cargo doc` has compiled already.

mod allowed;
pub(crate) mod rustdoc;
mod surface;

use std::fs;

use anyhow::Context as _;
use cargo_metadata::{MetadataCommand, Package};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::environment;
use crate::public_api::allowed::Allowed;
use crate::public_api::surface::Surface;

/// Documents the workspace as JSON and fails if the list of a library is not exact.
pub(crate) fn run(shell: &Shell) -> anyhow::Result<()> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    write_json(shell)?;
    let crates = metadata.workspace_root.join("crates");
    let mut problems = Vec::new();
    for package in &metadata.packages {
        let has_library = package.targets.iter().any(|target| target.is_lib());
        if !has_library || !package.manifest_path.starts_with(&crates) {
            continue;
        }
        let file = format!("doc/{}.json", package.name.replace('-', "_"));
        let json = fs::read(metadata.target_directory.join(&file))
            .with_context(|| format!("rustdoc has not written target/{file}"))?;
        let json: Value = serde_json::from_slice(&json)?;
        problems.extend(check(package, &json)?);
    }
    for problem in &problems {
        println!("{problem}");
    }
    let count = problems.len();
    anyhow::ensure!(count == 0, "{count} problems; each line says what to do");
    Ok(())
}

/// Documents the whole workspace, since a part of it would have features of its own, and be
/// compiled anew.
fn write_json(shell: &Shell) -> anyhow::Result<()> {
    let command = cmd!(
        shell,
        "cargo doc --quiet --workspace --no-deps --all-features"
    );
    let command = environment::forget_this_package(command)
        .env("RUSTDOC", std::env::current_exe()?)
        .env(rustdoc::REAL, rustdoc::find())
        .env(
            "RUSTDOCFLAGS",
            "-Zunstable-options --output-format=json --cap-lints=allow",
        );
    Ok(command.run()?)
}

fn check(package: &Package, json: &Value) -> anyhow::Result<Vec<String>> {
    let allowed = Allowed::read(&package.metadata)
        .with_context(|| format!("in the manifest of {}", package.name))?;
    let surface =
        Surface::read(json).with_context(|| format!("in the documentation of {}", package.name))?;
    Ok(allowed.compare(&package.name, &surface))
}
