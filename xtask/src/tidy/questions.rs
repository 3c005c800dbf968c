//! Rule: no documentation begins with What, Who, Whom, Whose or How.
//!
//! A noun says at once what a thing is: "The response", not "What the server sent". Text is
//! compared, so that the declarations inside of macros are looked at too.

use crate::tidy::project::{Project, TextFile};
use crate::tidy::violation::Violation;

const RULE: &str = "questions";

const WORDS: &[&str] = &["How", "What", "Who", "Whom", "Whose"];

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    project.rust_files().flat_map(check_file).collect()
}

fn check_file(file: &TextFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut before = None;
    for (index, line) in file.text.lines().enumerate() {
        let doc = doc_of(line);
        if let Some((mark, text)) = doc
            && before != Some(mark)
            && let Some(word) = WORDS.iter().find(|word| begins_with(text, word))
        {
            let remedy = format!("name the thing in place of {word:?}");
            violations.push(Violation::new(&file.path, index + 1, RULE, remedy));
        }
        before = doc.map(|(mark, _)| mark);
    }
    violations
}

/// Splits a line of documentation into its mark and its text.
fn doc_of(line: &str) -> Option<(&str, &str)> {
    let marks = ["///", "//!"];
    let mut found = marks
        .iter()
        .filter_map(|mark| Some((*mark, line.trim_start().strip_prefix(mark)?)));
    found.next().filter(|(_, text)| !text.starts_with('/'))
}

fn begins_with(text: &str, word: &str) -> bool {
    let rest = text.trim_start().strip_prefix(word);
    rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    #[test]
    fn question_at_the_beginning_is_refused() {
        for (text, line) in [
            ("//! What it is.\n", 1),
            ("struct A {\n    /// How long it takes.\n    b: u8,\n}\n", 2),
            ("model! {\n    /// Who sent it.\n    a: u8,\n}\n", 2),
        ] {
            assert_eq!(lines(text), [line], "{text}");
        }
    }

    #[test]
    fn other_beginnings_are_accepted() {
        for text in [
            "/// Whatever it is.\n",
            "/// The thing.\n///\n/// What it is for.\n",
            "// What it is.\n",
            "//// What\n",
        ] {
            assert_eq!(lines(text), [0; 0], "{text}");
        }
    }

    fn lines(text: &str) -> Vec<usize> {
        let violations = check(&made_up::files(&[("src/a.rs", text)]));
        violations.iter().map(|it| it.line).collect()
    }
}
