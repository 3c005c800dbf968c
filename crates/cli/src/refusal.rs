//! Errors of this program itself: what it refuses before a library is asked.

use std::fmt::{self, Display, Formatter};

/// A refusal of this program, in one clause that has the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    kind: RefusalKind,
    text: String,
}

/// The kind of a refusal, which decides its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    /// The person at the terminal gave up.
    Cancelled,
    /// The options contradict each other, or one is missing.
    CommandLine,
    /// A local file is not what it should be, or is in the way.
    File,
    /// A question was not answered in a way that can be used.
    NoAnswer,
    /// There is no terminal to ask on.
    NoTerminal,
}

impl Refusal {
    pub(crate) fn command_line(text: impl Into<String>) -> Self {
        Self::new(RefusalKind::CommandLine, text)
    }

    pub(crate) fn file(text: impl Into<String>) -> Self {
        Self::new(RefusalKind::File, text)
    }

    pub(crate) fn new(kind: RefusalKind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { kind, text }
    }

    pub(crate) fn kind(&self) -> RefusalKind {
        self.kind
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Refusal {}
