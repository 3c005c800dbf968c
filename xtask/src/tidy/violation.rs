//! The finding of a rule: a place, and what to do there.

use std::fmt;
use std::path::{Path, PathBuf};

/// A place where a rule is broken. Shown as `path:line: rule: what to do`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    pub(crate) path: PathBuf,
    /// Counted from one.
    pub(crate) line: usize,
    pub(crate) rule: &'static str,
    pub(crate) remedy: String,
}

impl Violation {
    pub(crate) fn new(
        path: &Path,
        line: usize,
        rule: &'static str,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            line,
            rule,
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            rule,
            remedy,
        } = self;
        write!(f, "{}:{line}: {rule}: {remedy}", path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violation_shows_where_and_what_to_do() {
        let violation = Violation::new(Path::new("src/a.rs"), 3, "length", "split the file");
        assert_eq!(violation.to_string(), "src/a.rs:3: length: split the file");
    }
}
