//! Rule: every file of code opens by saying what it holds.
//!
//! The compiler asks for documentation of public modules only, and never of tests and examples. A
//! crate's root may open with its README instead.

use crate::tidy::project::{Project, TextFile};
use crate::tidy::violation::Violation;

const RULE: &str = "module-docs";

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let remedy = "open the file with `//!`: what it holds, its standard, what it leaves out";
    let without = project.rust_files().filter(|file| !opens_with_docs(file));
    without
        .map(|file| Violation::new(&file.path, 1, RULE, remedy))
        .collect()
}

fn opens_with_docs(file: &TextFile) -> bool {
    let is_root = file.path.file_name().is_some_and(|name| name == "lib.rs");
    let shows_readme = file.text.starts_with("#![") && file.text.contains("doc = include_str!");
    file.text.starts_with("//! ") || (is_root && shows_readme)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    #[test]
    fn file_with_docs_is_accepted() {
        assert_eq!(violations("src/a.rs", "//! Keys.\n\nuse b;\n"), 0);
    }

    #[test]
    fn file_with_docs_of_its_first_item_only_is_refused() {
        assert_eq!(violations("src/a.rs", "/// Keys.\nmod b;\n"), 1);
    }

    #[test]
    fn only_the_root_opens_with_the_readme() {
        let text = "#![doc = include_str!(\"../README.md\")]\n";
        assert_eq!(violations("src/lib.rs", text), 0);
        assert_eq!(violations("src/a.rs", text), 1);
    }

    fn violations(path: &str, text: &str) -> usize {
        check(&made_up::files(&[(path, text)])).len()
    }
}
