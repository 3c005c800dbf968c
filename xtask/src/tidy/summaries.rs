//! Rule: the first sentence of a function's documentation begins with a verb in the third person.
//!
//! "Returns", "Reads", "Counts": so a list of functions is a list of actions, as rustls and the
//! standard library write it. "What is left" or "The number of" makes a reader guess whether
//! something is done. Every such verb ends in `s`; the few other words that do and were met are in
//! a list.

use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Lit, Meta};

use crate::tidy::project::{Project, TextFile};
use crate::tidy::violation::Violation;

const RULE: &str = "summaries";

/// Words that end like a verb in the third person, and are none.
const NO_VERBS: &[&str] = &[
    "Address",
    "Addresses",
    "Always",
    "Arguments",
    "As",
    "Because",
    "Bytes",
    "Class",
    "Connections",
    "Days",
    "Does",
    "Error's",
    "Errors",
    "Fields",
    "Files",
    "Has",
    "Hours",
    "Hosts",
    "Identities",
    "Is",
    "Its",
    "Keys",
    "Less",
    "Lines",
    "Members",
    "Milliseconds",
    "Minutes",
    "Options",
    "Others",
    "Ours",
    "Pages",
    "Perhaps",
    "Rows",
    "Seconds",
    "Server's",
    "Settings",
    "Theirs",
    "This",
    "Thus",
    "Us",
    "Values",
    "Was",
    "Whose",
    "Words",
    "Yes",
];

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    project.rust_files().flat_map(check_file).collect()
}

fn check_file(file: &TextFile) -> Vec<Violation> {
    let mut functions = Functions::default();
    if let Ok(code) = syn::parse_file(&file.text) {
        functions.visit_file(&code);
    }
    let violation = |(line, word): (usize, String)| {
        let remedy = format!(
            "begin with a verb in the third person (\"Returns\", \"Reads\"), not with {word:?}"
        );
        Violation::new(&file.path, line, RULE, remedy)
    };
    functions.without_verb.into_iter().map(violation).collect()
}

/// Functions whose documentation begins with something else: line and word.
#[derive(Default)]
struct Functions {
    without_verb: Vec<(usize, String)>,
}

impl Functions {
    fn look_at(&mut self, attributes: &[Attribute]) {
        if let Some((line, summary)) = attributes.iter().find_map(text_of) {
            let word = summary.split_whitespace().next().unwrap_or_default();
            if !is_verb(word) {
                self.without_verb.push((line, word.to_owned()));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, it: &'ast syn::ItemFn) {
        self.look_at(&it.attrs);
        visit::visit_item_fn(self, it);
    }

    fn visit_impl_item_fn(&mut self, it: &'ast syn::ImplItemFn) {
        self.look_at(&it.attrs);
        visit::visit_impl_item_fn(self, it);
    }

    fn visit_trait_item_fn(&mut self, it: &'ast syn::TraitItemFn) {
        self.look_at(&it.attrs);
        visit::visit_trait_item_fn(self, it);
    }
}

/// Returns the text of a line of documentation that is not blank, and its place.
fn text_of(attribute: &Attribute) -> Option<(usize, String)> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    let Expr::Lit(literal) = &pair.value else {
        return None;
    };
    match &literal.lit {
        Lit::Str(text) if pair.path.is_ident("doc") && !text.value().trim().is_empty() => {
            Some((text.span().start().line, text.value().trim().to_owned()))
        }
        _ => None,
    }
}

/// Tells whether a word can be a verb in the third person.
fn is_verb(word: &str) -> bool {
    let word = word.trim_matches(|mark: char| "*_,.:;".contains(mark));
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.all(|letter| letter.is_lowercase() || letter == '-')
        && word.ends_with('s')
        && !word.ends_with("ss")
        && !NO_VERBS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    #[test]
    fn verb_in_the_third_person_is_accepted() {
        for summary in [
            "Returns it.",
            "Re-reads it.",
            "**Reads** it.",
            "Passes, if it can.",
        ] {
            assert_eq!(
                lines(&format!("/// {summary}\nfn f() {{}}")),
                [0; 0],
                "{summary}"
            );
        }
    }

    #[test]
    fn other_beginnings_are_refused() {
        for summary in [
            "What it is.",
            "Return it.",
            "The thing.",
            "Seconds to wait.",
            "`f` of it.",
            "Access to it.",
            "IDs.",
        ] {
            assert_eq!(
                lines(&format!("/// {summary}\nfn f() {{}}")),
                [1],
                "{summary}"
            );
        }
    }

    #[test]
    fn functions_of_traits_and_types_are_looked_at() {
        let code = "impl A {\n    /// The thing.\n    fn f() {}\n}\ntrait B {\n    /// The thing.\n    fn f();\n}\n";
        assert_eq!(lines(code), [2, 6]);
    }

    #[test]
    fn what_is_no_function_or_not_documented_is_left_alone() {
        let code = "/// The thing.\nstruct A {\n    /// Its length.\n    b: u8,\n}\nfn f() {}\n#[test]\nfn g() {}\n";
        assert_eq!(lines(code), [0; 0]);
    }

    fn lines(text: &str) -> Vec<usize> {
        let violations = check(&made_up::files(&[("src/a.rs", text)]));
        violations.iter().map(|it| it.line).collect()
    }
}
