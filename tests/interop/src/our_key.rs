//! The key of ours that others get: one file without a passphrase, one with.
//!
//! Made by `csr` at every start, from constant bytes in place of randomness. One in 256 wrong
//! passphrases yields a valid padding, and programs then report a damaged key in other words; so
//! key and salt are always the same, and with them the outcome of a wrong passphrase.

use std::{
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use csr::{
    CertificationRequest, EncryptionParams, Passphrase, Protection, RandomnessUnavailable,
    RequestFiles, RsaKey,
};
use test_support::Customer;

/// The key's files and its request.
#[derive(Debug)]
pub(crate) struct OurKey {
    pub(crate) plain: PathBuf,
    pub(crate) encrypted: PathBuf,
    /// In PEM.
    pub(crate) request: String,
    /// SHA-256 of the public key as `SubjectPublicKeyInfo`, in hexadecimal.
    pub(crate) public_key_sha256: String,
}

impl OurKey {
    /// The passphrase of the encrypted file, with a blank and a letter that is not ASCII.
    pub(crate) const PASSPHRASE: &str = "correct horse bättery";

    /// Not the passphrase.
    pub(crate) const OTHER_PASSPHRASE: &str = "another passphrase";

    /// Makes the key and writes the files.
    pub(crate) fn write(folder: &Path) -> anyhow::Result<Self> {
        let key = RsaKey::generate_with(&mut known, NonZeroUsize::MIN)?;
        let request = CertificationRequest::builder(&Customer::subject()?).sign(&key)?;
        let plain = RequestFiles::new(folder, "plain")?;
        plain.write(&key, Protection::Plain, &request)?;
        let passphrase = Passphrase::new(Self::PASSPHRASE)?;
        let params = EncryptionParams::default();
        let encrypted = folder.join("encrypted.key");
        let pem = key.to_encrypted_pkcs8_pem_with(&mut known, &passphrase, &params)?;
        fs::write(&encrypted, pem)?;
        Ok(Self {
            plain: plain.key_path(),
            encrypted,
            request: request.to_pem(),
            public_key_sha256: request.public_key_sha256().to_string(),
        })
    }
}

/// Returns constant bytes; never for a key that protects anything.
fn known(bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
    bytes.fill(1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_key_opens_by_its_passphrase_alone() {
        let [first, second] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [one, other] = [&first, &second].map(|folder| OurKey::write(folder.path()).unwrap());
        let [one, other] = [one, other].map(|key| fs::read_to_string(key.encrypted).unwrap());
        assert_eq!(one, other);
        let open = |text: &str| {
            let passphrase = Passphrase::new(text).unwrap();
            RsaKey::from_pkcs8_pem(&one, Some(&passphrase))
        };
        open(OurKey::PASSPHRASE).unwrap();
        open(OurKey::OTHER_PASSPHRASE).unwrap_err();
    }
}
