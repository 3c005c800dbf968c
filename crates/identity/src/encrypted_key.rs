//! An encrypted key: what it says of its encryption, and the way in.
//!
//! Whatever the container, everything that can be known before a passphrase is used is known and
//! checked first: what is encrypted how, and what opening it costs. Leaves out what the decrypted
//! bytes mean.

mod cipher;
mod encrypted_private_key_info;
mod key_derivation;
mod pkcs12_pbe;
mod traditional;

use zeroize::Zeroizing;

use crate::document::Document;
use crate::{Encryption, Error, Format, Limits, stack};

pub(crate) use encrypted_private_key_info::{BLOCK, SALT, encrypt};

/// A key whose framing was read, and found to be of a kind that can be opened.
#[derive(Clone, Copy)]
pub(crate) struct EncryptedKey<'a> {
    pub(crate) encryption: Encryption,
    salt: &'a [u8],
    /// As long as a block of the cipher; unused where the vector is derived too.
    initialization_vector: [u8; LONGEST_BLOCK],
    /// At least one block, and whole ones.
    data: &'a [u8],
}

impl<'a> EncryptedKey<'a> {
    /// Takes the parts, if the data are whole blocks.
    fn new(
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
        if !matches!(encryption, Encryption::Pkcs12Pbe { .. }) {
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

    /// Reads what a document says of its encryption; `None` if it is not encrypted.
    pub(crate) fn from_document(document: &'a Document) -> Result<Option<Self>, Error> {
        match (document.format, &document.dek_info) {
            (Format::EncryptedPkcs8, _) => {
                encrypted_private_key_info::read(&document.der).map(Some)
            }
            (Format::TraditionalEncrypted, Some(header)) => {
                traditional::read(header, &document.der).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Is opening it within the limits?
    pub(crate) fn check_cost(&self, limits: &Limits) -> Result<(), Error> {
        key_derivation::check_cost(&self.encryption, limits)
    }

    /// Decrypts. What comes out is a key only if the passphrase was right.
    pub(crate) fn decrypt(&self, secret: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        stack::wiped(|| self.derive_and_decrypt(secret))
    }

    fn derive_and_decrypt(&self, secret: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let cipher = self.encryption.cipher();
        let mut vector = Zeroizing::new(self.initialization_vector);
        let mut key = Zeroizing::new([0; LONGEST_KEY]);
        let key = key
            .get_mut(..cipher.key_length())
            .ok_or(Error::KeyDamaged)?;
        let vector = vector
            .get_mut(..cipher.block_length())
            .ok_or(Error::KeyDamaged)?;
        match self.encryption {
            Encryption::Pbes2 { key_derivation, .. } => {
                key_derivation::derive(key_derivation, secret, self.salt, key)?;
            }
            Encryption::Pkcs12Pbe { iterations } => {
                let password = pkcs12_pbe::bmp_string(secret);
                pkcs12_pbe::derive_key(&password, self.salt, iterations, key);
                pkcs12_pbe::derive_vector(&password, self.salt, iterations, vector);
            }
            Encryption::Traditional { .. } => traditional::derive(secret, self.salt, key),
        }
        cipher::decrypt(cipher, key, vector, self.data).ok_or(Error::PassphraseOrDamaged)
    }
}

/// The key of AES-256 in bytes.
const LONGEST_KEY: usize = 32;
/// The block of AES in bytes.
const LONGEST_BLOCK: usize = 16;
