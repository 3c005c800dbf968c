//! How much the head of a response may hold: status line and header fields.

use http::{HeaderMap, Version};

use crate::error::head_problem::HeadProblem;

/// The limits of one client; each bounds what a server can make it keep in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeadLimits {
    /// Bytes as they come in; under HTTP/2 as [RFC 9113, section 6.5.2] counts them, 32 more for each field.
    ///
    /// [RFC 9113, section 6.5.2]: https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2
    pub(crate) bytes: u32,
    /// Field lines, those of trailers not among them.
    pub(crate) fields: u16,
}

impl HeadLimits {
    /// What hyper takes under HTTP/2: more than the limit, since of what it does not take it says no more than that the
    /// server has broken the protocol.
    pub(crate) fn http2_limit(self) -> u32 {
        self.bytes.saturating_mul(2)
    }

    /// Returns what is wrong with a head that hyper has read; how long it was is not known of HTTP/1.1.
    pub(crate) fn exceeded_by(self, version: Version, fields: &HeaderMap) -> Option<HeadProblem> {
        if fields.len() > usize::from(self.fields) {
            return Some(HeadProblem::TooManyFields);
        }
        let is_too_long = version == Version::HTTP_2 && list_size(fields) > u64::from(self.bytes);
        is_too_long.then_some(HeadProblem::TooLong)
    }

    /// What hyper may buffer under HTTP/1.1. Its own default, unless a whole head needs more: the head is measured
    /// before it comes to hyper.
    pub(crate) fn http1_buffer(self) -> usize {
        let head = usize::try_from(self.bytes).unwrap_or(usize::MAX);
        head.saturating_add(ROOM_BEHIND).max(HYPER_BUFFER)
    }
}

impl Default for HeadLimits {
    /// curl takes 300 KB of head, and 5000 fields.
    fn default() -> Self {
        Self {
            bytes: 300 * 1024,
            fields: 1000,
        }
    }
}

/// The size of the head of a response, as RFC 9113, section 6.5.2, counts it.
fn list_size(fields: &HeaderMap) -> u64 {
    let lengths = fields
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + OVERHEAD);
    let status = ":status".len() + 3 + OVERHEAD;
    u64::try_from(lengths.sum::<usize>() + status).unwrap_or(u64::MAX)
}

/// Of each field.
const OVERHEAD: usize = 32;
/// What may follow a head in the same read.
const ROOM_BEHIND: usize = 16 * 1024;
/// hyper's own limit for a buffer.
const HYPER_BUFFER: usize = 8 * 1024 + 4096 * 100;
