//! The kinds of requests, and how many callers there are.

use std::path::Path;

/// The length of a long body.
pub(crate) const LONG: usize = 64 * 1024;

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    Small,
    Down,
    Up,
}

impl Job {
    pub(crate) const ALL: [Self; 3] = [Self::Small, Self::Down, Self::Up];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Small => "small responses",
            Self::Down => "64 KiB down",
            Self::Up => "64 KiB up",
        }
    }

    /// Returns the path that the server responds to as it should.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Down => "/long",
            Self::Small | Self::Up => "/short",
        }
    }

    /// Returns the bytes of the body of a request.
    pub(crate) fn sent(self) -> usize {
        match self {
            Self::Up => LONG,
            Self::Small | Self::Down => 0,
        }
    }

    /// Returns the least bytes of a response.
    pub(crate) fn received(self) -> usize {
        match self {
            Self::Down => LONG,
            Self::Small | Self::Up => 128,
        }
    }

    /// Returns wrk's script for this kind; it prints what [`crate::load`] reads.
    pub(crate) fn script(self) -> String {
        let body = match self {
            Self::Up => format!("wrk.method = 'POST'\nwrk.body = string.rep('x', {LONG})\n"),
            Self::Small | Self::Down => String::new(),
        };
        format!("{body}{}", include_str!("done.lua"))
    }

    /// Returns the name of the file of the script.
    pub(crate) fn file(self, folder: &Path) -> std::path::PathBuf {
        folder.join(match self {
            Self::Small => "small.lua",
            Self::Down => "down.lua",
            Self::Up => "up.lua",
        })
    }
}
