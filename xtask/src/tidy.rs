//! `cargo xtask tidy`: the rules of this repository that no linter knows.
//!
//! One file for each rule, with its reason. A rule is a function from the [`Project`] to what
//! violates it, so its tests hand it a project made up on the spot.

mod arrows;
mod circles;
mod crate_page;
mod features;
mod front_page;
mod imports;
mod inheritance;
mod length;
mod links;
mod manifest;
mod module_docs;
mod outside;
mod owners;
mod package;
mod project;
mod questions;
mod skipped;
mod source;
mod summaries;
mod test_names;
mod token;
mod violation;
mod width;
mod words;

use crate::tidy::project::Project;
use crate::tidy::violation::Violation;

type Rule = fn(&Project) -> Vec<Violation>;

const RULES: &[Rule] = &[
    arrows::check,
    circles::check,
    crate_page::check,
    features::check,
    front_page::check,
    imports::check,
    inheritance::check,
    length::check,
    links::check,
    module_docs::check,
    outside::check,
    owners::check,
    package::check,
    questions::check,
    skipped::check,
    summaries::check,
    test_names::check,
    width::check,
    words::check,
];

/// Options of `cargo xtask tidy`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print every circle of modules with its arrows, of a member or of all
    #[arg(long, value_name = "MEMBER", num_args = 0..=1)]
    circles: Option<Option<String>>,
}

/// Prints every violation; fails if there is one.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let project = Project::load()?;
    if let Some(member) = &arguments.circles {
        return circles::print(&project, member.as_deref());
    }
    let mut violations: Vec<_> = RULES.iter().flat_map(|rule| rule(&project)).collect();
    violations.extend(features::check_graph()?);
    violations.sort();
    for violation in &violations {
        println!("{violation}");
    }
    let count = violations.len();
    anyhow::ensure!(count == 0, "{count} violations; each line says what to do");
    Ok(())
}
