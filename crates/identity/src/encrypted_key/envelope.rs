//! The parts of an encrypted key, whatever container they came in.
//!
//! Leaves out reading them and opening it.

use crate::encryption::Encryption;
use crate::error::Error;

/// A key whose framing was read, and found to be of a kind that can be opened.
#[derive(Clone, Copy)]
pub(crate) struct EncryptedKey<'a> {
    pub(crate) encryption: Encryption,
    pub(super) salt: &'a [u8],
    /// As long as a block of the cipher; unused where the vector is derived too.
    pub(super) initialization_vector: [u8; LONGEST_BLOCK],
    /// At least one block, and whole ones.
    pub(super) data: &'a [u8],
}

impl<'a> EncryptedKey<'a> {
    /// Takes the parts, if the data are whole blocks.
    pub(super) fn new(
        encryption: Encryption,
        salt: &'a [u8],
        initialization_vector: &[u8],
        data: &'a [u8],
    ) -> Result<Self, Error> {
        let block = encryption.cipher().block_length();
        if data.is_empty() || !data.len().is_multiple_of(block) {
            return Err(Error::KeyDamaged);
        }
        let mut vector = [0; LONGEST_BLOCK];
        let is_derived = matches!(
            encryption,
            Encryption::Pkcs12Pbe { .. } | Encryption::Pkcs12Rc2 { .. }
        );
        if !is_derived {
            if initialization_vector.len() != block {
                return Err(Error::KeyDamaged);
            }
            vector
                .iter_mut()
                .zip(initialization_vector)
                .for_each(|(to, from)| *to = *from);
        }
        Ok(Self {
            encryption,
            salt,
            initialization_vector: vector,
            data,
        })
    }
}

/// The block of AES in bytes.
const LONGEST_BLOCK: usize = 16;
