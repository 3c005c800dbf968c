//! One input, read whole and once, within a limit: a file, or a pipe where a person may give one.
//!
//! Leaves out what the bytes mean.

mod content;
mod opened;
mod permissions;

use std::path::{Path, PathBuf};

use opened::Opened;

use crate::error::Error;
use crate::input::Input;

pub use content::FileContent;

/// A path to read from, and what may stand at its end.
///
/// Unless [`allow_pipe`](Self::allow_pipe) says otherwise, that is a regular file and nothing else:
/// a pipe, a terminal or a device is an error and never waited for. At most [`limit`](Self::limit)
/// bytes are read, and what is read is wiped when it is dropped.
///
/// ```
/// use identity::{Input, InputFile};
///
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/cert.pem");
/// let content = InputFile::new(path, Input::Certificate).read()?;
/// assert!(content.secret_bytes().starts_with(b"-----BEGIN CERTIFICATE-----"));
/// # Ok::<(), identity::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    path: PathBuf,
    input: Input,
    limit: u64,
    pipe: Pipe,
}

/// The treatment of a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pipe {
    Allowed,
    Refused,
}

impl InputFile {
    /// Names a regular file of at most 1 MiB, or of 4096 bytes where it holds a secret that people
    /// type; `input` is what errors call it.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, input: Input) -> Self {
        Self {
            path: path.into(),
            input,
            limit: input.longest_file(),
            pipe: Pipe::Refused,
        }
    }

    /// Sets the most bytes that are read; a longer file is an error and is not cut.
    #[must_use]
    pub const fn limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// Allows input that can be read only once, for a path that a person gives to a program: `-`
    /// and `/dev/stdin`, a `<(command)` of the shell, a named pipe.
    ///
    /// It is read until its writer closes it, however long that takes. What no program would ever
    /// write to is refused instead: a terminal, and a named pipe that no writer has opened within
    /// two seconds. Not for files that are [read again](crate::FileSource).
    #[must_use]
    pub const fn allow_pipe(mut self) -> Self {
        self.pipe = Pipe::Allowed;
        self
    }

    /// Returns the path, as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads all of it.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] with what the system says, [`Error::NotAFile`] if there is something else at
    /// the path, [`Error::PipeWithoutWriter`], and [`Error::TooLarge`].
    pub fn read(&self) -> Result<FileContent, Error> {
        let opened = match (self.pipe, self.is_standard_input()) {
            (Pipe::Allowed, true) => opened::standard_input(),
            (Pipe::Allowed, false) => opened::file_or_pipe(&self.path),
            (Pipe::Refused, _) => opened::file(&self.path),
        };
        let read = opened
            .and_then(|opened: Opened| opened.read(self.limit))
            .map_err(|refused| refused.into_error(&self.path, self.input))?;
        Ok(FileContent {
            bytes: read.bytes,
            mode: read.mode,
            is_changeable: read.is_changeable,
            input: self.input,
            path: self.path.clone(),
        })
    }

    /// Returns whether there is something to read, as far as can be told without opening it.
    pub(crate) fn is_there(&self) -> bool {
        match self.pipe {
            Pipe::Refused => self.path.is_file(),
            Pipe::Allowed => {
                self.is_standard_input() || (self.path.exists() && !self.path.is_dir())
            }
        }
    }

    fn is_standard_input(&self) -> bool {
        STANDARD_INPUT
            .iter()
            .any(|name| self.path == Path::new(name))
    }
}

/// The names of standard input. Opened by name, a socket would be refused and a file would be read
/// from its start, whatever has been read of it before.
const STANDARD_INPUT: [&str; 4] = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
