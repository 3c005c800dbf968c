//! The key derivations of one store together, against the limits.
//!
//! A store may have hundreds of parts, each with a cost of its own, so a limit for each alone would
//! be none. Leaves out what one of them costs.

use crate::encrypted_key::EncryptedKey;
use crate::encryption::{Encryption, KeyDerivation};
use crate::error::Error;
use crate::limits::Limits;

/// The cost of the parts seen so far.
#[derive(Clone)]
pub(super) struct Budget<'a> {
    limits: &'a Limits,
    iterations: u64,
    /// Bytes that scrypt fills, once for each run.
    scrypt_bytes: u64,
}

impl<'a> Budget<'a> {
    pub(super) const fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            iterations: 0,
            scrypt_bytes: 0,
        }
    }

    /// Adds a part that is encrypted.
    pub(super) fn add(&mut self, part: &EncryptedKey<'_>) -> Result<(), Error> {
        part.check_cost(self.limits)?;
        match part.encryption {
            Encryption::Pbes2 { key_derivation, .. } => self.add_derivation(key_derivation),
            Encryption::Pkcs12Pbe { iterations } | Encryption::Pkcs12Rc2 { iterations } => {
                self.add_iterations(iterations)
            }
            Encryption::Traditional { .. } => Ok(()),
        }
    }

    pub(super) fn add_iterations(&mut self, iterations: u64) -> Result<(), Error> {
        self.iterations = self.iterations.saturating_add(iterations);
        let what = "iterations for the PKCS#12 store in all";
        within(what, self.iterations, self.limits.pbkdf2_iterations.into())
    }

    fn add_derivation(&mut self, key_derivation: KeyDerivation) -> Result<(), Error> {
        match key_derivation {
            KeyDerivation::Pbkdf2 { iterations, .. } => self.add_iterations(iterations),
            KeyDerivation::Scrypt { n, r, p } => {
                let bytes = n.saturating_mul(r).saturating_mul(p).saturating_mul(128);
                self.scrypt_bytes = self.scrypt_bytes.saturating_add(bytes);
                let limit = u64::from(self.limits.scrypt_p);
                let limit = limit.saturating_mul(self.limits.scrypt_memory);
                within("bytes for all runs of scrypt", self.scrypt_bytes, limit)
            }
        }
    }
}

const fn within(what: &'static str, asked: u64, limit: u64) -> Result<(), Error> {
    match asked > limit {
        true => Err(Error::KdfTooExpensive { what, asked, limit }),
        false => Ok(()),
    }
}
