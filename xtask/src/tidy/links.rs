//! Rule: the pages name files and tests that exist.
//!
//! A promise without its test, or a list of files to touch that names a file of last year, is worse
//! than none. Of the pages at the root and in `docs/`, each relative link leads to a file or
//! folder; a link whose text is a function in backticks leads to the file with that function. In
//! ARCHITECTURE.md each path in backticks of the section "How to add" exists as well.

use std::path::{Component, Path, PathBuf};

use crate::tidy::project::{Project, TextFile};
use crate::tidy::violation::Violation;

const RULE: &str = "links";

/// The heading of the lists of files that an addition touches.
const HOW_TO_ADD: &str = "## How to add";

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let pages = project.files.iter().filter(|file| is_page(&file.path));
    let pages = pages.flat_map(|page| check_links(project, page));
    pages.chain(check_how_to_add(project)).collect()
}

/// Returns whether a file is a page at the root or in `docs/`.
fn is_page(path: &Path) -> bool {
    let folder = path
        .parent()
        .is_some_and(|folder| folder.as_os_str().is_empty() || folder == Path::new("docs"));
    folder && path.extension().is_some_and(|end| end == "md")
}

fn check_links(project: &Project, page: &TextFile) -> Vec<Violation> {
    let folder = page.path.parent().unwrap_or_else(|| Path::new(""));
    let mut violations = Vec::new();
    for (number, line) in numbered(&page.text) {
        for (text, target) in links(line) {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains(':') {
                continue;
            }
            let path = normal(&folder.join(path));
            let mut add =
                |remedy| violations.push(Violation::new(&page.path, number, RULE, remedy));
            if !exists(project, &path) {
                add(format!("link to a file that is there: {}", path.display()));
            } else if let Some(name) = test_name(text)
                && !holds(project, &path, name)
            {
                add(format!(
                    "link to the file that has `fn {name}`: {}",
                    path.display()
                ));
            }
        }
    }
    violations
}

/// Checks each path in backticks of the section that lists what an addition touches.
fn check_how_to_add(project: &Project) -> Vec<Violation> {
    let path = Path::new("ARCHITECTURE.md");
    let text = project.file(path).map_or("", |file| &file.text);
    let section = numbered(text)
        .skip_while(|(_, line)| *line != HOW_TO_ADD)
        .skip(1)
        .take_while(|(_, line)| !line.starts_with("## "));
    let named = section.flat_map(|(number, line)| {
        let spans = line.split('`').skip(1).step_by(2);
        let paths = spans.filter(|span| span.contains('/') && !span.contains([' ', '<', '*']));
        paths.map(move |path| (number, Path::new(path)))
    });
    let mut named = named.peekable();
    if named.peek().is_none() {
        let remedy = format!("write a section `{HOW_TO_ADD}` that names the files to touch");
        return vec![Violation::new(path, 1, RULE, remedy)];
    }
    let missing = named.filter(|(_, named)| !exists(project, named));
    missing
        .map(|(number, named)| {
            let remedy = format!("name a file that is there: {}", named.display());
            Violation::new(path, number, RULE, remedy)
        })
        .collect()
}

/// Returns the lines with their numbers, from 1.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().zip(1..).map(|(line, number)| (number, line))
}

/// Returns text and target of each link of a line, `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.match_indices("](").filter_map(|(index, _)| {
        let text = line.get(..index)?.rsplit('[').next()?;
        let target = line.get(index + 2..)?.split(')').next()?;
        Some((text, target))
    })
}

/// Returns the function in backticks that a link's text is, if it is one.
fn test_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('`')?.strip_suffix('`')?;
    let is_name = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    (name.contains('_') && name.chars().all(is_name)).then_some(name)
}

fn holds(project: &Project, path: &Path, name: &str) -> bool {
    let function = format!("fn {name}(");
    project
        .file(path)
        .is_some_and(|file| file.text.contains(&function))
}

/// Returns whether a path is a file of the project, or a folder that has one.
fn exists(project: &Project, path: &Path) -> bool {
    project.files.iter().any(|file| file.path.starts_with(path))
}

/// Resolves `..` without looking at the disk.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    const LISTS: &str = "## How to add\n\n- A key format: `crates/a/src/a.rs`.\n";
    const CODE: (&str, &str) = ("crates/a/src/a.rs", "#[test]\nfn a_test_of_it() {}\n");

    fn violations(page: &str, text: &str, architecture: &str) -> usize {
        let files = [(page, text), ("ARCHITECTURE.md", architecture), CODE];
        check(&made_up::files(&files)).len()
    }

    #[test]
    fn links_to_files_folders_and_sites_are_accepted() {
        let text = "[a](crates/a/src/a.rs) [b](crates/a) [c](https://a.example) [d](#d) [e](SECURITY.md#e)\n";
        assert_eq!(violations("SECURITY.md", text, LISTS), 0);
        assert_eq!(
            violations("docs/a.md", "[a](../crates/a/src/a.rs)\n", LISTS),
            0
        );
    }

    #[test]
    fn link_to_missing_file_is_refused() {
        assert_eq!(violations("SECURITY.md", "[a](crates/b.rs)\n", LISTS), 1);
        assert_eq!(
            violations("docs/a.md", "[a](crates/a/src/a.rs)\n", LISTS),
            1
        );
    }

    #[test]
    fn link_to_a_test_needs_the_test_in_its_file() {
        let found = "[`a_test_of_it`](crates/a/src/a.rs)\n";
        assert_eq!(violations("SECURITY.md", found, LISTS), 0);
        let missing = "[`a_test_of`](crates/a/src/a.rs)\n";
        assert_eq!(violations("SECURITY.md", missing, LISTS), 1);
    }

    #[test]
    fn lists_of_files_to_touch_are_demanded_and_checked() {
        assert_eq!(violations("SECURITY.md", "", ""), 1);
        assert_eq!(
            violations("SECURITY.md", "", "## How to add\n\n`crates/b.rs`\n"),
            1
        );
        let elsewhere = format!("`crates/b.rs`\n{LISTS}\n## Next\n\n`crates/b.rs`\n");
        assert_eq!(violations("SECURITY.md", "", &elsewhere), 0);
    }
}
