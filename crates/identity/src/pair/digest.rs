//! The digest by which two readings of the same files are compared.
//!
//! SHA-256 (FIPS 180-4). It covers a key and perhaps a passphrase, so it is wiped and never shown:
//! a weak passphrase could be guessed with it.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// Of one state of one pair: the same exactly if the files hold the same bytes, or the same stands
/// in the way of reading them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Digest(Zeroizing<[u8; 32]>);

impl Digest {
    /// Computes the digest of parts in their order. Each is preceded by its length, so that no byte
    /// can move from one part to the next unseen.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self(Zeroizing::new(hasher.finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_moves_to_the_next_part_shows() {
        assert!(Digest::of(&[b"ab", b"c"]) == Digest::of(&[b"ab", b"c"]));
        assert!(Digest::of(&[b"ab", b"c"]) != Digest::of(&[b"a", b"bc"]));
        assert!(Digest::of(&[b"ab"]) != Digest::of(&[b"ab", b""]));
    }
}
