//! Rule: comments and documentation are at most 100 columns wide, as the code is.
//!
//! rustfmt breaks code at 100 and leaves comments alone. Links, tables and examples cannot be
//! broken and may be wider.

use crate::tidy::project::{Project, TextFile};
use crate::tidy::violation::Violation;

const RULE: &str = "width";

const MOST: usize = 100;

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    project.rust_files().flat_map(check_file).collect()
}

fn check_file(file: &TextFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut is_example = false;
    for (index, line) in file.text.lines().enumerate() {
        let Some(comment) = line.trim_start().strip_prefix("//") else {
            is_example = false;
            continue;
        };
        let text = comment.trim_start_matches(['/', '!']).trim_start();
        is_example ^= text.starts_with("```");
        let is_free = is_example || text.starts_with('|') || text.contains("://");
        if line.chars().count() > MOST && !is_free {
            let remedy = format!("break the comment at {MOST} columns");
            violations.push(Violation::new(&file.path, index + 1, RULE, remedy));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    #[test]
    fn comment_of_101_columns_is_refused_and_of_100_accepted() {
        for mark in ["// ", "/// ", "//! ", "        // "] {
            let line = |length: usize| format!("{mark}{}\n", "\u{e4}".repeat(length - mark.len()));
            assert_eq!(lines(&line(101)), [1], "{mark}");
            assert_eq!(lines(&line(100)), [0; 0], "{mark}");
        }
    }

    #[test]
    fn what_cannot_be_broken_may_be_wider() {
        let long = "a ".repeat(60);
        for text in [
            format!("/// [RFC]: https://a.example/{long}\n"),
            format!("/// | {long} |\n"),
            format!("/// ```text\n/// {long}\n/// ```\n"),
            format!("const A: &str = \"{long}\";\n"),
        ] {
            assert_eq!(lines(&text), [0; 0], "{text}");
        }
        assert_eq!(
            lines(&format!("/// ```text\n/// a\n/// ```\n/// {long}\n")),
            [4]
        );
    }

    fn lines(text: &str) -> Vec<usize> {
        let violations = check(&made_up::files(&[("src/a.rs", text)]));
        violations.iter().map(|it| it.line).collect()
    }
}
