//! The exit codes of the program.

use std::process::ExitCode;

/// An exit code, by what a script does next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// 0: done as asked.
    #[default]
    Good,
    /// 1: done, and there are findings; or no match, where `--exit-status` asks for it.
    Findings,
    /// 2: the command line cannot be used.
    Usage,
    /// 3: the server rejected the certificate, the credentials or the request.
    Rejected,
    /// 4: not reached, not in time, or unavailable for now.
    Unreachable,
    /// 5: a local file or key cannot be used.
    Local,
    /// 130: interrupted.
    Interrupted,
}

impl Exit {
    /// Returns the number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Rejected => 3,
            Self::Unreachable => 4,
            Self::Local => 5,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
