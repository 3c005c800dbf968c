//! An encrypted key: what it says of its encryption, and the way in.
//!
//! Whatever the container, everything that can be known before a passphrase is used is known and
//! checked first: what is encrypted how, and what opening it costs. Leaves out what the decrypted
//! bytes mean.

mod cipher;
mod encrypted_private_key_info;
mod envelope;
mod key_derivation;
mod pkcs12_pbe;
mod traditional;

use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::document::Document;
use crate::encryption::Encryption;
use crate::error::Error;
use crate::format::Format;
use crate::limits::Limits;
use crate::stack;

pub(crate) use encrypted_private_key_info::{
    BLOCK, SALT, encrypt, encrypt_legacy, parts, pbkdf2_params, saturating,
};
pub(crate) use envelope::EncryptedKey;
pub(crate) use key_derivation::derive;
pub(crate) use pkcs12_pbe::{bmp_string, derive_mac_key};

impl<'a> EncryptedKey<'a> {
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

    /// Reads a shrouded key of a PKCS#12 store.
    pub(crate) fn from_info(der: &'a [u8]) -> Result<Self, Error> {
        encrypted_private_key_info::read(der)
    }

    /// Takes encrypted certificates of a PKCS#12 store, which may be under RC2.
    pub(crate) fn of_certificates(
        algorithm: AlgorithmIdentifierRef<'a>,
        data: &'a [u8],
    ) -> Result<Self, Error> {
        encrypted_private_key_info::of_certificates(algorithm, data)
    }

    /// Checks that opening it is within the limits.
    pub(crate) fn check_cost(&self, limits: &Limits) -> Result<(), Error> {
        key_derivation::check_cost(&self.encryption, limits)
    }

    /// Decrypts. What comes out is a key only if the passphrase was right.
    pub(crate) fn decrypt(&self, secret: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.decrypt_store(secret, &bmp_string(secret))
    }

    /// Decrypts a part of a PKCS#12 store, with the passphrase as PBES2 and as PKCS#12 take it.
    pub(crate) fn decrypt_store(
        &self,
        secret: &[u8],
        bmp: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        stack::wiped(|| self.derive_and_decrypt(secret, bmp))
    }

    fn derive_and_decrypt(&self, secret: &[u8], bmp: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
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
                derive(key_derivation, secret, self.salt, key)?;
            }
            Encryption::Pkcs12Pbe { iterations } | Encryption::Pkcs12Rc2 { iterations } => {
                pkcs12_pbe::derive_key(bmp, self.salt, iterations, key);
                pkcs12_pbe::derive_vector(bmp, self.salt, iterations, vector);
            }
            Encryption::Traditional { .. } => traditional::derive(secret, self.salt, key),
        }
        cipher::decrypt(cipher, key, vector, self.data).ok_or(Error::PassphraseOrDamaged)
    }
}

/// The key of AES-256 in bytes.
const LONGEST_KEY: usize = 32;
