//! A key between reading and writing, whatever its algorithm.
//!
//! Leaves out both.

use zeroize::Zeroizing;

use crate::error::Error;
use crate::key_algorithm::KeyAlgorithm;

/// A key that was read and checked, not yet written anew.
pub(super) struct Checked {
    pub(super) algorithm: KeyAlgorithm,
    /// The content of a `PrivateKeyInfo`.
    pub(super) private_key: Zeroizing<Vec<u8>>,
    pub(super) public_key: Vec<u8>,
}

impl Checked {
    /// Returns the same, if a version 2 `OneAsymmetricKey` states no other public key.
    pub(super) fn stated_as(self, public_key: Option<&[u8]>) -> Result<Self, Error> {
        match public_key {
            Some(stated) if stated != self.public_key => Err(Error::KeyDamaged),
            _ => Ok(self),
        }
    }
}
