//! Rule: the modules of a crate form no circle.
//!
//! Two modules that use each other are one, whatever their names say: neither is understood, tested
//! or moved alone. How to part them: a leaf type returns an error of its own, data is apart from
//! what acts on it, and what only one caller needs (a constructor, say) stands with that caller, in
//! an `impl` block of its own.
//!
//! Files are compared, and then folders: at each level, a module's own file and what lies below
//! each of its children. So a folder is a layer too, and not only a drawer. A parent that uses its
//! child's items while the child uses the parent's is a circle; a parent that lists its children
//! and re-exports their items is not.

mod graph;
mod modules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::tidy::circles::graph::Graph;
use crate::tidy::circles::modules::{Arrow, ModulePath, Modules};
use crate::tidy::project::{Member, Project};
use crate::tidy::violation::Violation;

const RULE: &str = "circles";

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let members = project.members.iter();
    let circles = members.flat_map(|member| circles(project, member));
    circles.map(|it| it.violation()).collect()
}

/// Prints every circle of a member, or of all, with the arrows that belong to it.
pub(crate) fn print(project: &Project, name: Option<&str>) -> anyhow::Result<()> {
    anyhow::ensure!(
        name.is_none_or(|name| project.names().contains(name)),
        "no member of this workspace has this name"
    );
    let members = project.members.iter();
    for member in members.filter(|it| name.is_none_or(|name| name == it.name)) {
        let circles = circles(project, member);
        println!("{}: {} circles", member.name, circles.len());
        for circle in circles {
            println!("{}", circle.in_full());
        }
    }
    Ok(())
}

/// Finds the circles of a member: of files, then of folders.
fn circles(project: &Project, member: &Member) -> Vec<Circle> {
    let roots = member.roots.iter();
    roots
        .flat_map(|root| circles_of(&Modules::read(project, root)))
        .collect()
}

fn circles_of(modules: &Modules) -> Vec<Circle> {
    let arrows = modules.arrows();
    let files = circles_between(modules, &arrows, Clone::clone);
    let levels = modules.homes().flat_map(|level| {
        let inside = arrows
            .iter()
            .filter(|it| it.from.starts_with(level) && it.to.starts_with(level));
        let inside: BTreeSet<_> = inside.cloned().collect();
        circles_between(modules, &inside, |module| {
            module.iter().take(level.len() + 1).cloned().collect()
        })
    });
    // A circle of files is one of folders too, where it parts; that is not told again.
    let is_told = |it: &Circle| {
        files
            .iter()
            .any(|file| file.groups == it.groups || file.steps == it.steps)
    };
    let levels: Vec<_> = levels.filter(|it| !is_told(it)).collect();
    files.into_iter().chain(levels).collect()
}

/// Finds the circles between groups of modules.
fn circles_between(
    modules: &Modules,
    arrows: &BTreeSet<Arrow>,
    group: impl Fn(&ModulePath) -> ModulePath,
) -> Vec<Circle> {
    let mut numbers = BTreeMap::new();
    let mut number = |module: &ModulePath| {
        let next = numbers.len();
        *numbers.entry(group(module)).or_insert(next)
    };
    let numbered: Vec<_> = arrows
        .iter()
        .map(|it| (number(&it.from), number(&it.to), it))
        .collect();
    let graph = Graph::new(numbered.iter().map(|(from, to, _)| (*from, *to)));
    let step = |from: usize, to: usize| {
        let mut arrows = numbered.iter().filter(move |it| (it.0, it.1) == (from, to));
        arrows.next().map(|it| Step::new(modules, it.2))
    };
    let components = graph.components().into_iter();
    let circle = |component: BTreeSet<usize>| {
        let circle = graph.shortest_circle(&component);
        let next = circle.iter().cycle().skip(1);
        let steps = circle
            .iter()
            .zip(next)
            .filter_map(|(from, to)| step(*from, *to));
        let inside = numbered.iter().filter(|(from, to, _)| {
            from != to && component.contains(from) && component.contains(to)
        });
        let groups = numbers
            .iter()
            .filter(|(_, number)| component.contains(number));
        Circle {
            groups: groups.map(|(path, _)| path.join("::")).collect(),
            steps: steps.collect(),
            arrows: firsts(inside.map(|(_, _, arrow)| Step::new(modules, arrow))),
        }
    };
    components.map(circle).collect()
}

/// Modules, or folders, each of which leads to every other.
struct Circle {
    groups: Vec<String>,
    /// The shortest way round.
    steps: Vec<Step>,
    /// All arrows among them, the first of each file to each other.
    arrows: Vec<Step>,
}

/// An arrow, in the words of files.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    file: PathBuf,
    line: usize,
    name: String,
    to: PathBuf,
}

impl Step {
    fn new(modules: &Modules, arrow: &Arrow) -> Self {
        Self {
            file: modules.file(&arrow.from).to_owned(),
            line: arrow.line,
            name: arrow.name.clone(),
            to: modules.file(&arrow.to).to_owned(),
        }
    }

    fn shown(&self) -> String {
        let Self {
            file,
            line,
            name,
            to,
        } = self;
        format!("{}:{line} names {name} of {}", file.display(), to.display())
    }
}

/// Leaves the first of all steps from one file to another.
fn firsts(steps: impl Iterator<Item = Step>) -> Vec<Step> {
    let mut seen = BTreeSet::new();
    steps
        .filter(|it| seen.insert((it.file.clone(), it.to.clone())))
        .collect()
}

impl Circle {
    fn violation(&self) -> Violation {
        let (file, line) = self
            .steps
            .first()
            .map(|it| (it.file.clone(), it.line))
            .unwrap_or_default();
        let steps: Vec<_> = self.steps.iter().map(Step::shown).collect();
        let count = self.groups.len();
        let remedy = format!(
            "take out an arrow of this circle ({count} modules in all): {}",
            steps.join(", ")
        );
        Violation::new(&file, line, RULE, remedy)
    }

    fn in_full(&self) -> String {
        let lines = |steps: &[Step]| -> String {
            steps
                .iter()
                .map(|it| format!("    {}\n", it.shown()))
                .collect()
        };
        format!(
            "  {} modules: {}\n  shortest circle:\n{}  all arrows:\n{}",
            self.groups.len(),
            self.groups.join(", "),
            lines(&self.steps),
            lines(&self.arrows)
        )
    }
}

#[cfg(test)]
mod tests;
