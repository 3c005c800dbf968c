//! Limits of the head of a response: status line and header fields.

use http::{HeaderMap, Version};

use crate::error::head_problem::HeadProblem;

/// The limits of one client; each bounds the memory that a server can claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeadLimits {
    /// In bytes as received; under HTTP/2 as [RFC 9113, section 6.5.2] counts them, 32 more for
    /// each field.
    ///
    /// [RFC 9113, section 6.5.2]: https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2
    pub(crate) bytes: u32,
    /// In field lines, without those of trailers.
    pub(crate) fields: u16,
}

impl HeadLimits {
    /// Returns hyper's limit under HTTP/2: more than ours, since hyper reports an excess only as a
    /// protocol error.
    pub(crate) fn http2_limit(self) -> u32 {
        self.bytes.saturating_mul(2)
    }

    /// Returns the problem of a head that hyper has parsed; its length is not known under HTTP/1.1.
    pub(crate) fn exceeded_by(self, version: Version, fields: &HeaderMap) -> Option<HeadProblem> {
        if fields.len() > usize::from(self.fields) {
            return Some(HeadProblem::TooManyFields);
        }
        let is_too_long = version == Version::HTTP_2 && list_size(fields) > u64::from(self.bytes);
        is_too_long.then_some(HeadProblem::TooLong)
    }

    /// Returns hyper's buffer size under HTTP/1.1: its own default, unless a complete head needs
    /// more. The head is measured before hyper gets it.
    pub(crate) fn http1_buffer(self) -> usize {
        let head = usize::try_from(self.bytes).unwrap_or(usize::MAX);
        head.saturating_add(ROOM_BEHIND).max(HYPER_BUFFER)
    }
}

impl Default for HeadLimits {
    /// Returns the defaults: 300 KiB as in curl, and 1000 fields, where curl allows 5000.
    fn default() -> Self {
        Self {
            bytes: 300 * 1024,
            fields: 1000,
        }
    }
}

/// Returns the size of a response's head as RFC 9113, section 6.5.2, counts it.
fn list_size(fields: &HeaderMap) -> u64 {
    let lengths = fields
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + OVERHEAD);
    let status = ":status".len() + 3 + OVERHEAD;
    u64::try_from(lengths.sum::<usize>() + status).unwrap_or(u64::MAX)
}

/// Added for each field (RFC 9113, section 6.5.2).
const OVERHEAD: usize = 32;
/// Room for bytes that follow a head in the same read.
const ROOM_BEHIND: usize = 16 * 1024;
/// hyper's default limit of a buffer.
const HYPER_BUFFER: usize = 8 * 1024 + 4096 * 100;
