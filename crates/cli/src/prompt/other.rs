//! The console of a system that is no Unix, by `rpassword` alone.

use std::io::{self, Stdin, Write};

use zeroize::Zeroizing;

#[derive(Debug)]
pub(super) struct Terminal;

impl Terminal {
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn say(&mut self, line: &str) -> io::Result<()> {
        writeln!(io::stderr(), "{line}")
    }

    /// Asks, and reads a line without its end.
    ///
    /// The error is [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if it was given up.
    pub(super) fn read_hidden(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
        rpassword::prompt_password(question).map(Zeroizing::new)
    }
}

/// Returns `false`: it is not known here.
pub(super) fn is_null(_: &Stdin) -> bool {
    false
}

/// Leaves the console as it is: `rpassword` alone knows how it was.
pub(super) const fn restore() {}
