//! `cargo xtask package`: each crate as it would be published, from files that git knows.
//!
//! `publish = false` guards the names, which belong to others; with it, cargo does not find one of
//! our crates that another depends on. So a copy of the workspace is packaged, without that line.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use cargo_metadata::MetadataCommand;
use xshell::{Shell, cmd};

use crate::environment;

/// The line that a copy goes without, in the workspace and in its members.
const GUARDS: &[&str] = &["publish = false", "publish.workspace = true"];

/// Files that every package has; links to the root are followed.
const FILES: &[&str] = &[
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "src/lib.rs",
];

/// The options of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Compile each package alone too, from nothing: some minutes
    #[arg(long)]
    verify: bool,
}

/// Packages every crate and fails if one lacks a file.
pub(crate) fn run(shell: &Shell, arguments: &Arguments) -> anyhow::Result<()> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let root = metadata.workspace_root.as_std_path();
    let copy = metadata.target_directory.as_std_path().join("to-package");
    copy_tracked(shell, root, &copy)?;

    let crates = metadata.workspace_root.join("crates");
    let (packed, others): (Vec<_>, Vec<_>) = metadata
        .packages
        .iter()
        .partition(|it| it.manifest_path.starts_with(&crates));
    let others = others.iter().flat_map(|it| ["--exclude", it.name.as_str()]);
    let verify = (!arguments.verify).then_some("--no-verify");
    let _in_copy = shell.push_dir(&copy);
    let command = cmd!(
        shell,
        "cargo package --quiet --workspace {others...} {verify...} --allow-dirty"
    );
    environment::forget_this_package(command).run()?;
    for package in packed {
        let name = package.name.as_str();
        let list = cmd!(
            shell,
            "cargo package --quiet --list --allow-dirty --package {name}"
        );
        let list = environment::forget_this_package(list).quiet().read()?;
        let missing = missing(&list);
        anyhow::ensure!(missing.is_empty(), "the package {name} lacks {missing:?}");
        println!("{name}: {} files", list.lines().count());
    }
    Ok(())
}

/// Copies what git knows, as it is in the work tree.
fn copy_tracked(shell: &Shell, root: &Path, copy: &Path) -> anyhow::Result<()> {
    if copy.exists() {
        fs::remove_dir_all(copy)?;
    }
    let files = cmd!(shell, "git ls-files -z").quiet().read()?;
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        let (from, to) = (root.join(file), copy.join(file));
        let folder = to.parent().context("a file in no folder")?;
        fs::create_dir_all(folder)?;
        if !from.exists() {
            continue; // deleted, and not yet committed
        }
        match from.file_name().is_some_and(|name| name == "Cargo.toml") {
            true => fs::write(to, without_guard(&fs::read_to_string(from)?))?,
            false => fs::copy(from, to).map(drop)?,
        }
    }
    Ok(())
}

/// Drops the line that keeps a package from being published.
fn without_guard(manifest: &str) -> String {
    let lines = manifest.lines().filter(|line| !GUARDS.contains(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Returns the files of [`FILES`] that a list does not have.
fn missing(list: &str) -> Vec<&'static str> {
    let list: BTreeSet<_> = list.lines().collect();
    let missing = FILES.iter().filter(|file| !list.contains(*file));
    missing.copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guard_alone_is_dropped() {
        let manifest = "[package]\nname = \"a\"\npublish.workspace = true\n\n[lib]\n";
        assert_eq!(
            without_guard(manifest),
            "[package]\nname = \"a\"\n\n[lib]\n"
        );
        let other = "publish = [\"crates-io\"]\n";
        assert_eq!(without_guard(other), other);
    }

    #[test]
    fn whole_list_lacks_nothing_and_a_shorter_one_does() {
        assert!(missing(&FILES.join("\n")).is_empty());
        assert_eq!(missing(&FILES[1..].join("\n")), ["Cargo.toml"]);
        assert_eq!(missing("").len(), FILES.len());
    }
}
