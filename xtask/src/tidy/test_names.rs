//! Rule: the name of a test has at most ten words.
//!
//! It says subject and outcome, "expired_certificate_is_refused"; a longer one holds two
//! behaviours, or a reason that belongs beside the assertion.

use crate::tidy::project::{Project, TextFile};
use crate::tidy::token::{self, Token};
use crate::tidy::violation::Violation;

const RULE: &str = "test-names";

const MOST: usize = 10;

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    project.rust_files().flat_map(check_file).collect()
}

fn check_file(file: &TextFile) -> Vec<Violation> {
    let tokens = token::tokens(&file.text);
    let mut violations = Vec::new();
    for (_, attribute) in token::find(&tokens, &["#", "["]) {
        let Some(name) = test_after(attribute) else {
            continue;
        };
        let words = name.text.split('_').filter(|word| !word.is_empty()).count();
        if words > MOST {
            let remedy =
                format!("name subject and outcome in at most {MOST} words, not in {words}");
            violations.push(Violation::new(&file.path, name.line, RULE, remedy));
        }
    }
    violations
}

/// Finds the name of the function behind an attribute `test`, `tokio::test` or the like.
fn test_after(attribute: &[Token]) -> Option<&Token> {
    let path = attribute.iter().take_while(|it| {
        it.text == ":" || it.text.chars().all(|it| it.is_alphanumeric() || it == '_')
    });
    let length = path.clone().count();
    path.last().filter(|it| it.text == "test")?;
    attribute
        .get(length)
        .filter(|it| it.text == "]" || it.text == "(")?;
    let function = attribute.iter().position(|it| it.text == "fn")?;
    // What stands in between is more attributes, not an item of its own.
    let between = attribute.get(..function)?;
    let is_same = !between
        .iter()
        .any(|it| matches!(it.text.as_str(), "{" | "}" | ";"));
    attribute.get(function + 1).filter(|_| is_same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    const TEN: &str = "a_b_c_d_e_f_g_h_i_j";

    #[test]
    fn ten_words_are_accepted_and_eleven_refused() {
        assert_eq!(lines(&format!("#[test]\nfn {TEN}() {{}}")), [0; 0]);
        assert_eq!(lines(&format!("#[test]\nfn {TEN}_k() {{}}")), [2]);
    }

    #[test]
    fn tests_of_all_kinds_are_looked_at() {
        for code in [
            format!("#[tokio::test(flavor = \"multi_thread\")]\nasync fn {TEN}_k() {{}}"),
            format!(
                "#[cfg(unix)]\n#[test]\n#[expect(clippy::a, reason = \"b\")]\nfn {TEN}_k() {{}}"
            ),
            format!("proptest! {{\n    #[test]\n    fn {TEN}_k(a in any::<u8>()) {{}}\n}}"),
        ] {
            assert_eq!(lines(&code).len(), 1, "{code}");
        }
    }

    #[test]
    fn functions_that_are_no_tests_may_be_longer() {
        for code in [
            format!("fn {TEN}_k() {{}}"),
            format!("#[inline]\nfn {TEN}_k() {{}}"),
            format!("#[cfg(test)]\nfn {TEN}_k() {{}}"),
            format!("#[test]\nfn a() {{}}\nfn {TEN}_k() {{}}"),
        ] {
            assert_eq!(lines(&code), [0; 0], "{code}");
        }
    }

    fn lines(text: &str) -> Vec<usize> {
        let violations = check(&made_up::files(&[("src/a.rs", text)]));
        violations.iter().map(|it| it.line).collect()
    }
}
