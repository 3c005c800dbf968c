//! A record as it was read, before it has a number.

use napi::verifications::VerifyRequest;

use crate::digest::InputDigest;
use crate::list::error::LineProblem;

/// A record before it has a number.
#[derive(Debug)]
pub(super) struct RawRecord {
    pub(super) line: u64,
    pub(super) digest: InputDigest,
    pub(super) length: usize,
    pub(super) request: Result<VerifyRequest, LineProblem>,
}
