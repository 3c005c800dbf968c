//! Kinds of paths that are no regular file.
//!
//! Each kind knows its name and what to do. Leaves out how it is found out.

use std::fmt;

/// The kind of a path that is not read.
///
/// Its `Display` says what it is and, behind a colon, what to give in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathKind {
    /// Standard input that was closed, or is `/dev/null`.
    ClosedInput,
    /// A device.
    Device,
    /// A folder.
    Folder,
    /// A pipe, where the input is read more than once or is not given by a person.
    Pipe,
    /// A socket.
    Socket,
    /// A terminal, on which no prompt is shown.
    Terminal,
}

impl fmt::Display for PathKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClosedInput => "closed or empty: give the input with `< FILE` or by a pipe",
            Self::Device => "a device: give a regular file",
            Self::Folder => "a folder: give a file",
            Self::Pipe => "a pipe, which cannot be read a second time: give a regular file",
            Self::Socket => "a socket: give a regular file",
            Self::Terminal => "a terminal: give the input with `< FILE` or by a pipe",
        })
    }
}
