//! Rule: words for which the field has better ones are not used.
//!
//! A reader who knows the standards should meet no riddle. The list holds only words that are wrong
//! wherever they stand; `answer` for a response or `authority` for a CA are right elsewhere, and
//! left to people.

use std::path::Path;

use crate::tidy::project::{Project, TextFile};
use crate::tidy::violation::Violation;

const RULE: &str = "words";

/// Words in lower case, and what to write.
const WORDS: &[(&str, &str)] = &[
    ("anybody", "anyone"),
    ("call-back", "callback"),
    ("call-backs", "callbacks"),
    ("for ever", "without end, or unlimited"),
    ("last word", "alert"),
    ("nobody", "no one"),
    ("other side", "server, peer, or mock"),
    ("shake hands", "handshake"),
    ("shakes hands", "handshakes"),
    ("somebody", "someone"),
    ("whom", "a noun with `that`"),
    ("witness", "peer tool"),
    ("witnesses", "peer tools"),
];

/// The files that have to name them: this one, another rule, and the glossary.
const HERE: &[&str] = &[
    "CONTRIBUTING.md",
    "xtask/src/tidy/questions.rs",
    "xtask/src/tidy/words.rs",
];

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let is_text = |path: &Path| {
        path.extension()
            .is_some_and(|end| end == "rs" || end == "md")
    };
    let files = project
        .files
        .iter()
        .filter(|it| is_text(&it.path) && !HERE.iter().any(|here| it.path == Path::new(here)));
    files.flat_map(check_file).collect()
}

fn check_file(file: &TextFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let line = line.to_lowercase();
        for (word, better) in WORDS {
            if names(&line, word) {
                let remedy = format!("write {better} in place of {word:?}");
                violations.push(Violation::new(&file.path, index + 1, RULE, remedy));
            }
        }
    }
    violations
}

/// Tells whether a line has this word, and not only within a longer one.
fn names(line: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '-';
    line.match_indices(word).any(|(start, _)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        let after = line
            .get(start + word.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    #[test]
    fn word_is_refused_in_text_names_and_pages() {
        for (path, text) in [
            ("src/a.rs", "/// Nobody waits.\n"),
            ("src/a.rs", "fn nobody_waits() {}\n"),
            ("README.md", "It waits for ever.\n"),
            ("src/a.rs", "const A: &str = \"the other side\";\n"),
        ] {
            assert_eq!(violations(path, text), 1, "{text}");
        }
    }

    #[test]
    fn word_within_another_is_accepted() {
        for text in [
            "eyewitness",
            "nobodys-a",
            "for everyone",
            "the other sided",
            "whomever",
        ] {
            assert_eq!(violations("src/a.rs", &format!("// {text}\n")), 0, "{text}");
        }
    }

    #[test]
    fn data_is_left_alone() {
        assert_eq!(violations("data/names.json", "\"nobody\"\n"), 0);
    }

    fn violations(path: &str, text: &str) -> usize {
        check(&made_up::files(&[(path, text)])).len()
    }
}
