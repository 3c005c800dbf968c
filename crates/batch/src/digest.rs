//! The keyed digest of an input, by which a changed line is noticed without keeping the line.

use std::fmt::{self, Write};

use zeroize::Zeroizing;

/// The key of the digests of one batch.
///
/// Names and birth dates can be guessed: without the key, a digest of them could be searched for
/// by trying all. A journal keeps the key of its own unless one is given, which then guards the
/// digests against whoever gets hold of the journal.
#[derive(Clone)]
pub struct InputKey(Zeroizing<[u8; Self::LENGTH]>);

/// The digest of one input: BLAKE3, keyed, 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InputDigest([u8; Self::LENGTH]);

impl InputKey {
    /// The length of a key in bytes.
    pub const LENGTH: usize = 32;

    /// Takes a key that is kept elsewhere; it should be random.
    #[must_use]
    pub fn new(key: [u8; Self::LENGTH]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// Draws a random key from the operating system.
    ///
    /// # Errors
    ///
    /// If the operating system gives no randomness.
    pub(crate) fn draw() -> Result<Self, getrandom::Error> {
        let mut key = Self(Zeroizing::default());
        getrandom::fill(key.0.as_mut_slice())?;
        Ok(key)
    }

    /// Returns the digest of an input as it stands in the list.
    #[must_use]
    pub fn digest(&self, input: &[u8]) -> InputDigest {
        InputDigest(*blake3::keyed_hash(&self.0, input).as_bytes())
    }

    pub(crate) fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

impl fmt::Debug for InputKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InputKey").finish_non_exhaustive()
    }
}

impl InputDigest {
    /// The length of a digest in bytes.
    pub const LENGTH: usize = 32;

    /// Takes a digest that was kept.
    #[must_use]
    pub const fn new(digest: [u8; Self::LENGTH]) -> Self {
        Self(digest)
    }

    /// Returns its first eight bytes in hexadecimal digits, to tell records of one batch apart.
    pub(crate) fn short(&self) -> String {
        let mut text = String::new();
        for byte in self.0.iter().take(8) {
            let _a_string_takes_all = write!(text, "{byte:02x}");
        }
        text
    }

    /// Returns its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_depends_on_input_and_key() {
        let [one, other] = [InputKey::new([1; 32]), InputKey::new([2; 32])];
        assert_eq!(one.digest(b"a"), one.digest(b"a"));
        assert_ne!(one.digest(b"a"), one.digest(b"b"));
        assert_ne!(one.digest(b"a"), other.digest(b"a"));
    }

    #[test]
    fn drawn_keys_differ_and_are_not_shown() {
        let key = InputKey::draw().unwrap();
        assert_ne!(key.as_bytes(), InputKey::draw().unwrap().as_bytes());
        assert_eq!(format!("{key:?}"), "InputKey(..)");
    }
}
