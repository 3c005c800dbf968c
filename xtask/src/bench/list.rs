//! The benchmarks that the members declare.

use std::fs;

use cargo_metadata::{Metadata, TargetKind};

/// One benchmark of a member.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bench {
    pub(crate) package: String,
    pub(crate) name: String,
    /// The features without which it is not built.
    pub(crate) features: Vec<String>,
    /// The first sentence of its documentation.
    about: String,
}

/// Lists the benchmarks of the workspace, by package and name.
pub(crate) fn benches(metadata: &Metadata) -> Vec<Bench> {
    let mut benches = Vec::new();
    for package in metadata.workspace_packages() {
        let targets = package.targets.iter();
        for target in targets.filter(|target| target.kind.contains(&TargetKind::Bench)) {
            let source = fs::read_to_string(&target.src_path).unwrap_or_default();
            benches.push(Bench {
                package: package.name.to_string(),
                name: target.name.clone(),
                features: target.required_features.clone(),
                about: about(&source),
            });
        }
    }
    benches.sort_by(|a, b| (&a.package, &a.name).cmp(&(&b.package, &b.name)));
    benches
}

/// Prints how each is run, and what it measures.
pub(crate) fn print(benches: &[Bench]) {
    for bench in benches {
        println!("cargo xtask bench {:<16} {}", bench.name, bench.about);
    }
    println!(
        "\ncargo xtask bench --page             those of benches/README.md, one after the other"
    );
    println!("cargo xtask bench --instructions     counts of callgrind; see --help");
}

/// Returns the first paragraph of a module's documentation, on one line.
fn about(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let first: Vec<_> = lines
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    first.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_paragraph_is_what_a_benchmark_is_about() {
        let source = "//! What it\n//! costs.\n//!\n//! More.\n\nuse std::fs;\n";
        assert_eq!(about(source), "What it costs.");
        assert_eq!(about("use std::fs;\n//! late\n"), "");
    }
}
