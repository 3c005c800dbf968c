//! Rule: at most 400 lines of product code in a file.
//!
//! A longer file holds more than one concept. Tests at its end do not count, nor do files that are
//! all tests.

use crate::tidy::project::{Project, TextFile};
use crate::tidy::token;
use crate::tidy::violation::Violation;

const RULE: &str = "length";

const MOST: usize = 400;

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let product = project.rust_files().filter(|file| is_product(file));
    let long = product.filter(|file| product_lines(&file.text) > MOST);
    let remedy = "split the file: more than 400 lines before its tests";
    long.map(|file| Violation::new(&file.path, MOST + 1, RULE, remedy))
        .collect()
}

/// Tells whether a file is compiled into a library or a program.
fn is_product(file: &TextFile) -> bool {
    let mut folders = file.path.components().map(|part| part.as_os_str());
    folders.any(|folder| folder == "src") && !file.path.ends_with("tests.rs")
}

/// Counts the lines before the first module of tests.
fn product_lines(text: &str) -> usize {
    let tokens = token::tokens(text);
    let mut tests = token::find(&tokens, &["#", "[", "cfg", "(", "test", ")", "]"]);
    let line = tests.find(|(_, rest)| rest.first().is_some_and(|next| is_module(&next.text)));
    line.map_or_else(|| text.lines().count(), |(line, _)| line - 1)
}

/// Tells whether the attribute is one of a module: `mod`, a visibility or another attribute
/// follows.
fn is_module(word: &str) -> bool {
    matches!(word, "mod" | "pub" | "#")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    const TESTS: &str = "#[cfg(test)]\nmod tests {\n    const A: u8 = 1;\n}\n";

    #[test]
    fn file_of_the_most_lines_is_accepted() {
        assert_eq!(violations("src/a.rs", &"use a;\n".repeat(400)), 0);
    }

    #[test]
    fn file_of_one_line_more_is_refused() {
        assert_eq!(violations("src/a.rs", &"use a;\n".repeat(401)), 1);
    }

    #[test]
    fn tests_do_not_count() {
        assert_eq!(violations("src/a.rs", &("use a;\n".repeat(400) + TESTS)), 0);
        assert_eq!(violations("src/a.rs", &("use a;\n".repeat(401) + TESTS)), 1);
    }

    #[test]
    fn import_for_tests_does_not_end_the_product() {
        let text = "#[cfg(test)]\nuse b;\n".to_owned() + &"use a;\n".repeat(400);
        assert_eq!(violations("src/a.rs", &text), 1);
    }

    #[test]
    fn file_of_tests_may_be_long() {
        let text = "use a;\n".repeat(401);
        assert_eq!(violations("tests/integration/a.rs", &text), 0);
        assert_eq!(violations("src/a/tests.rs", &text), 0);
    }

    fn violations(path: &str, text: &str) -> usize {
        check(&made_up::files(&[(path, text)])).len()
    }
}
