//! Rule: nothing skipped, and nothing that waits for time to pass.
//!
//! A skipped test proves nothing and is forgotten; a sleep is either too short on a busy machine or
//! too long everywhere else. `todo!` and its like are lints of clippy.

use crate::tidy::project::{Project, TextFile};
use crate::tidy::token::{self, Token};
use crate::tidy::violation::Violation;

const RULE: &str = "skipped";

const WORDS: &[(&[&str], &str)] = &[
    (
        &["#", "[", "ignore"],
        "make the test run everywhere, or delete it",
    ),
    (
        &["thread", ":", ":", "sleep"],
        "wait for the event, not for time",
    ),
    (
        &["time", ":", ":", "sleep"],
        "wait for the event, not for time",
    ),
];

/// Words that open a list, what must not be in it, and where the list ends.
const LISTS: &[(&[&str], &str, &str, &str)] = &[
    (
        &["#", "[", "cfg_attr"],
        "ignore",
        "]",
        "make the test run everywhere, or delete it",
    ),
    (
        &["thread", ":", ":", "{"],
        "sleep",
        "}",
        "wait for the event, not for time",
    ),
    (
        &["time", ":", ":", "{"],
        "sleep",
        "}",
        "wait for the event, not for time",
    ),
];

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let code = project.rust_files().flat_map(check_code);
    code.chain(project.files.iter().flat_map(check_examples))
        .collect()
}

fn check_code(file: &TextFile) -> Vec<Violation> {
    let tokens = token::tokens(&file.text);
    let mut violations = Vec::new();
    for (words, remedy) in WORDS {
        let places = token::find(&tokens, words).map(|(line, _)| line);
        violations.extend(places.map(|line| Violation::new(&file.path, line, RULE, *remedy)));
    }
    for (words, word, end, remedy) in LISTS {
        let lists = token::find(&tokens, words).filter(|(_, list)| holds(list, word, end));
        violations.extend(lists.map(|(line, _)| Violation::new(&file.path, line, RULE, *remedy)));
    }
    violations
}

fn holds(list: &[Token], word: &str, end: &str) -> bool {
    list.iter()
        .take_while(|token| token.text != end)
        .any(|token| token.text == word)
}

/// Finds examples, in a doc comment or a README, that the compiler is told to leave alone.
fn check_examples(file: &TextFile) -> Vec<Violation> {
    let lines = file
        .text
        .lines()
        .enumerate()
        .filter(|(_, line)| is_ignored_fence(line));
    let remedy = "let the example compile (no_run if it needs the network)";
    lines
        .map(|(index, _)| Violation::new(&file.path, index + 1, RULE, remedy))
        .collect()
}

fn is_ignored_fence(line: &str) -> bool {
    let text = line
        .trim_start()
        .trim_start_matches(['/', '!'])
        .trim_start();
    let attributes = text.strip_prefix("```").unwrap_or_default();
    attributes
        .split([',', ' '])
        .any(|attribute| attribute.starts_with("ignore"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    const NOWHERE: [usize; 0] = [];

    #[test]
    fn sleep_is_refused_called_or_imported() {
        for code in [
            "fn f() { std::thread::sleep(d) }",
            "async fn f() { time::sleep(d).await }",
            "use tokio::time::{Duration, sleep};",
        ] {
            assert_eq!(lines(code), [1], "{code}");
        }
    }

    #[test]
    fn waiting_with_a_limit_is_accepted() {
        assert_eq!(lines("use tokio::time::{Duration, timeout};"), NOWHERE);
    }

    #[test]
    fn skipped_test_is_refused() {
        for attribute in [
            "#[ignore]",
            "#[ignore = \"slow\"]",
            "#[cfg_attr(unix, ignore)]",
        ] {
            assert_eq!(
                lines(&format!("#[test]\n{attribute}\nfn f() {{}}\n")),
                [2],
                "{attribute}"
            );
        }
    }

    #[test]
    fn other_attributes_are_accepted() {
        assert_eq!(
            lines("#[cfg_attr(unix, must_use)]\nfn ignore() {}\n"),
            NOWHERE
        );
    }

    #[test]
    fn words_in_comments_and_strings_are_accepted() {
        assert_eq!(
            lines("// thread::sleep #[ignore]\nconst A: &str = \"time::sleep\";\n"),
            NOWHERE
        );
    }

    #[test]
    fn example_left_alone_by_the_compiler_is_refused() {
        assert_eq!(lines("//! A.\n//! ```ignore\n//! a b\n//! ```\n"), [2]);
        assert_eq!(lines("//! A.\n//! ```no_run\n//! f();\n//! ```\n"), NOWHERE);
    }

    fn lines(text: &str) -> Vec<usize> {
        check(&made_up::files(&[("src/a.rs", text)]))
            .iter()
            .map(|it| it.line)
            .collect()
    }
}
