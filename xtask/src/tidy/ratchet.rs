//! Rules that the code does not satisfy yet: for each member, a number of violations that may only fall.
//!
//! A new rule that waited for the last old file would never begin. The numbers stand in `xtask/known.toml`, which a
//! command lowers; once a member has none, it is held as by any other rule.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use toml::de::DeTable;

use crate::tidy::project::Project;
use crate::tidy::violation::Violation;

/// The file with the numbers.
pub(crate) const FILE: &str = "xtask/known.toml";

/// Violations by member and rule.
type Counts = BTreeMap<(String, String), usize>;

/// What is known beforehand, and what was found.
pub(crate) struct Ratchet {
    known: Counts,
    found: BTreeMap<(String, String), Vec<Violation>>,
}

impl Ratchet {
    /// Sorts violations by member, beside the numbers in the file.
    pub(crate) fn new(project: &Project, violations: Vec<Violation>) -> anyhow::Result<Self> {
        let text = project.file(Path::new(FILE)).map_or("", |it| &it.text);
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for violation in violations {
            let member = member_of(project, &violation.path).to_owned();
            let key = (member, violation.rule.to_owned());
            found.entry(key).or_default().push(violation);
        }
        let known = read(text).with_context(|| FILE)?;
        Ok(Self { known, found })
    }

    /// Returns one violation for each number that has risen.
    pub(crate) fn risen(&self) -> Vec<Violation> {
        let risen = self.found.iter().filter_map(|((member, rule), violations)| {
            let known = self.known(member, rule);
            let (first, count) = (violations.first()?, violations.len());
            let remedy = match known {
                0 => return Some(violations.clone()),
                _ => format!(
                    "{count} violations in {member}, where {known} were known; to see them, run: \
                     cargo xtask tidy --list {member}"
                ),
            };
            (count > known).then(|| vec![Violation::new(&first.path, first.line, first.rule, remedy)])
        });
        risen.flatten().collect()
    }

    /// Tells whether a number in the file is higher than what was found.
    pub(crate) fn has_fallen(&self) -> bool {
        let mut known = self.known.iter();
        known.any(|((member, rule), known)| self.count(member, rule) < *known)
    }

    /// Writes the file anew, with numbers that are as low as can be, and none higher than before.
    pub(crate) fn lowered(&self) -> String {
        let mut text = HEAD.to_owned();
        let mut section = "";
        for ((member, rule), known) in &self.known {
            let count = self.count(member, rule).min(*known);
            if count == 0 {
                continue;
            }
            if section != member {
                let _ = write!(text, "\n[{member}]\n");
                section = member;
            }
            let _ = writeln!(text, "{rule} = {count}");
        }
        text
    }

    /// Returns all violations in a member.
    pub(crate) fn of(&self, member: &str) -> impl Iterator<Item = &Violation> {
        let found = self
            .found
            .iter()
            .filter(move |((name, _), _)| name == member);
        found.flat_map(|(_, violations)| violations)
    }

    fn known(&self, member: &str, rule: &str) -> usize {
        let key = (member.to_owned(), rule.to_owned());
        self.known.get(&key).copied().unwrap_or_default()
    }

    fn count(&self, member: &str, rule: &str) -> usize {
        let key = (member.to_owned(), rule.to_owned());
        self.found.get(&key).map_or(0, Vec::len)
    }
}

const HEAD: &str = "\
# Violations of rules that are younger than the code, by member. They may only fall: a number that is
# too high is lowered by `cargo xtask tidy --lower`, and one that would rise is refused.
";

/// What lies in no member, such as the pages at the root.
const ROOT: &str = "workspace";

/// Finds the member in whose folder a file lies.
fn member_of<'a>(project: &'a Project, path: &Path) -> &'a str {
    let around = project
        .members
        .iter()
        .filter(|member| path.starts_with(&member.folder));
    let innermost = around.max_by_key(|member| member.folder.components().count());
    innermost.map_or(ROOT, |member| &member.name)
}

fn read(text: &str) -> anyhow::Result<Counts> {
    let mut counts = Counts::new();
    let sections = DeTable::parse(text)?;
    for (member, rules) in sections.get_ref() {
        let rules = rules.get_ref().as_table().context("not a section")?;
        for (rule, count) in rules {
            let count = count.get_ref().as_integer().context("not a number")?;
            let count = usize::from_str_radix(count.as_str(), count.radix())?;
            counts.insert(
                (member.get_ref().to_string(), rule.get_ref().to_string()),
                count,
            );
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    #[test]
    fn number_that_rises_is_refused() {
        assert_eq!(ratchet("[a]\nwidth = 2\n", 2).risen().len(), 0);
        let risen = ratchet("[a]\nwidth = 2\n", 3).risen();
        assert_eq!(risen.len(), 1);
        assert!(
            risen[0]
                .remedy
                .contains("3 violations in a, where 2 were known")
        );
    }

    #[test]
    fn each_violation_is_told_where_none_was_known() {
        for known in [
            "",
            "[b]\nwidth = 2\n",
            "[a]\nwords = 2\n",
            "[a]\nwidth = 0\n",
        ] {
            assert_eq!(ratchet(known, 2).risen().len(), 2, "{known}");
            assert_eq!(ratchet(known, 0).risen().len(), 0, "{known}");
        }
    }

    #[test]
    fn number_that_has_fallen_is_lowered() {
        let ratchet = ratchet("[a]\nwidth = 3\n", 2);
        assert!(ratchet.has_fallen());
        assert_eq!(ratchet.lowered(), format!("{HEAD}\n[a]\nwidth = 2\n"));
    }

    #[test]
    fn number_that_has_risen_is_not_written() {
        let ratchet = ratchet("[a]\nwidth = 1\n", 2);
        assert!(!ratchet.has_fallen());
        assert_eq!(ratchet.lowered(), format!("{HEAD}\n[a]\nwidth = 1\n"));
    }

    #[test]
    fn member_without_violations_leaves_the_file() {
        assert_eq!(ratchet("[a]\nwidth = 3\n", 0).lowered(), HEAD);
    }

    #[test]
    fn file_belongs_to_the_innermost_member() {
        let mut project = project("");
        let mut inner = made_up::member("inner", Vec::new());
        inner.folder = "crates/a/inner".into();
        project.members.push(inner);
        assert_eq!(
            member_of(&project, Path::new("crates/a/inner/src/lib.rs")),
            "inner"
        );
        assert_eq!(member_of(&project, Path::new("crates/a/src/lib.rs")), "a");
        assert_eq!(member_of(&project, Path::new("README.md")), ROOT);
    }

    #[test]
    fn file_that_cannot_be_read_is_an_error() {
        for text in ["[a", "a = 1\n", "[a]\nwidth = \"2\"\n"] {
            assert!(Ratchet::new(&project(text), Vec::new()).is_err(), "{text}");
        }
    }

    fn ratchet(known: &str, count: usize) -> Ratchet {
        let violation =
            |line| Violation::new(Path::new("crates/a/src/lib.rs"), line, "width", "break it");
        Ratchet::new(&project(known), (0..count).map(violation).collect()).unwrap()
    }

    fn project(known: &str) -> Project {
        let mut project = made_up::files(&[(FILE, known)]);
        project.members.push(made_up::member("a", Vec::new()));
        project
    }
}
