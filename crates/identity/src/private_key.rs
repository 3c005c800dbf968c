//! An opened private key, checked to be whole, in the one form that every TLS library reads.
//!
//! [RFC 5958, section 2] around [RFC 8017, appendix A.1.2], [RFC 5915] or [RFC 8410]. Leaves out
//! signing, which is the TLS library's part.
//!
//! [RFC 5958, section 2]: https://www.rfc-editor.org/rfc/rfc5958#section-2
//! [RFC 8017, appendix A.1.2]: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2
//! [RFC 5915]: https://www.rfc-editor.org/rfc/rfc5915#section-3
//! [RFC 8410]: https://www.rfc-editor.org/rfc/rfc8410#section-7

mod checked;
mod ec;
mod ed25519;
mod private_key_info;
mod rsa;

use std::fmt;
use std::num::NonZeroU32;

use der::Encode;
use der::asn1::OctetStringRef;
use der::pem::LineEnding;
use pkcs8::PrivateKeyInfoRef;
use rustls_pki_types::PrivatePkcs8KeyDer;
use vocabulary::Fingerprint;
use zeroize::Zeroizing;

use checked::Checked;
use private_key_info::PrivateKeyInfo;

use crate::algorithm::{self, unsupported_key};
use crate::document;
use crate::encrypted_key::{self, BLOCK, SALT};
use crate::error::Error;
use crate::format::Format;
use crate::key_algorithm::KeyAlgorithm;
use crate::passphrase::Passphrase;
use crate::public_key::PublicKey;
use crate::stack;

/// A private key that is whole: its numbers fit together.
///
/// It comes from [`Loader::open_key`](crate::Loader::open_key), whatever the file it stood in, and
/// is written again in a form that every tool reads. It is not `Clone` and is wiped when dropped.
///
/// ```
/// use identity::{Loader, Passphrase};
///
/// # let file = include_bytes!("../tests/vectors/key.pem");
/// let key = Loader::new().open_key(file)?;
/// assert_eq!(key.algorithm().to_string(), "RSA with 2048 bits");
/// let pem = key.to_encrypted_pkcs8_pem(&Passphrase::new("correct horse"))?;
/// assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
/// # Ok::<(), identity::Error>(())
/// ```
pub struct PrivateKey {
    pkcs8: Zeroizing<PrivatePkcs8KeyDer<'static>>,
    public_key: PublicKey,
}

impl PrivateKey {
    /// Reads a key that is not encrypted; `format` is what its structure was recognised as.
    pub(crate) fn from_der(format: Format, der: &[u8]) -> Result<Self, Error> {
        stack::wiped(|| Self::read(format, der))
    }

    /// Reads a decrypted key.
    ///
    /// Whatever is not the structure of a key comes of a wrong passphrase as likely as of damage.
    /// What has that structure is told as it is: a wrong passphrase does not make the lengths of
    /// several nested values fit, nor a modulus its primes. An unknown name of an algorithm may be
    /// damage still.
    pub(crate) fn from_decrypted(der: &[u8]) -> Result<Self, Error> {
        Self::from_authentic(der).map_err(|error| match error {
            Error::KeyDamaged | Error::UnsupportedKeyAlgorithm { name: None, .. } => {
                Error::PassphraseOrDamaged
            }
            other => other,
        })
    }

    /// Reads a decrypted key that is known to be undamaged: it is told as it is.
    ///
    /// [`Error::PassphraseOrDamaged`] of what has not the structure of a key.
    pub(crate) fn from_authentic(der: &[u8]) -> Result<Self, Error> {
        match document::by_content(der) {
            Some(format @ (Format::Pkcs1 | Format::Pkcs8 | Format::Sec1)) => {
                Self::from_der(format, der)
            }
            Some(Format::DsaKey) => Err(unsupported_key(algorithm::DSA)),
            _ => Err(Error::PassphraseOrDamaged),
        }
    }

    fn read(format: Format, der: &[u8]) -> Result<Self, Error> {
        let checked = match format {
            Format::Pkcs1 => rsa::read(der)?,
            Format::Sec1 => ec::read(der, None)?,
            _ => {
                let info = PrivateKeyInfo::read(der).ok_or(Error::KeyDamaged)?;
                match info.algorithm.oid {
                    algorithm::RSA => rsa::read(info.private_key)?,
                    algorithm::EC_PUBLIC_KEY => {
                        ec::read(info.private_key, info.algorithm.parameters)?
                    }
                    algorithm::ED25519 => ed25519::read(info.private_key)?,
                    other => return Err(unsupported_key(other)),
                }
                .stated_as(info.public_key)?
            }
        };
        Self::from_checked(checked)
    }

    /// Writes the key as version 1 without attributes, the form that every TLS library reads.
    fn from_checked(checked: Checked) -> Result<Self, Error> {
        let encoded = OctetStringRef::new(&checked.private_key).and_then(|private_key| {
            checked.algorithm.with_identifier(|algorithm| {
                PrivateKeyInfoRef::new(algorithm, private_key).to_der()
            })
        });
        let der = encoded.map_err(|_| Error::KeyDamaged)?;
        let public_key = PublicKey::new(checked.algorithm, checked.public_key);
        Ok(Self {
            pkcs8: Zeroizing::new(PrivatePkcs8KeyDer::from(der)),
            public_key: public_key.ok_or(Error::KeyDamaged)?,
        })
    }

    /// Returns the algorithm of the key.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.public_key.algorithm
    }

    /// Returns the key as an unencrypted `PrivateKeyInfo` ([RFC 5958]).
    ///
    /// A copy made with `clone_key` is not wiped by this crate.
    ///
    /// [RFC 5958]: https://www.rfc-editor.org/rfc/rfc5958#section-2
    #[must_use]
    pub fn secret_pkcs8(&self) -> &PrivatePkcs8KeyDer<'static> {
        &self.pkcs8
    }

    /// Returns the digest of the key's `SubjectPublicKeyInfo`, the same as that of its
    /// certificates.
    #[must_use]
    pub const fn public_key_sha256(&self) -> Fingerprint {
        self.public_key.sha256
    }

    /// Returns the key encrypted under a passphrase, in the one form that every tool reads.
    ///
    /// `ENCRYPTED PRIVATE KEY` with PBES2, AES-256-CBC and PBKDF2 with HMAC-SHA256 at 600,000
    /// iterations: OpenSSL since 1.0, BoringSSL (Postman), Java, Go tools and Python open it.
    ///
    /// # Errors
    ///
    /// [`Error::PassphraseEmpty`], since some tools cannot take an empty one;
    /// [`Error::RandomnessUnavailable`] if the system has none.
    pub fn to_encrypted_pkcs8_pem(&self, passphrase: &Passphrase) -> Result<String, Error> {
        let mut system =
            |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| Error::RandomnessUnavailable);
        self.to_encrypted_pkcs8_pem_with(&mut system, passphrase, ITERATIONS)
    }

    /// Returns the key encrypted as by [`to_encrypted_pkcs8_pem`](Self::to_encrypted_pkcs8_pem),
    /// with the caller's randomness (16 bytes, then 16 bytes) and number of PBKDF2 iterations.
    ///
    /// # Errors
    ///
    /// [`Error::PassphraseEmpty`], or what `randomness` fails with.
    pub fn to_encrypted_pkcs8_pem_with(
        &self,
        randomness: &mut dyn FnMut(&mut [u8]) -> Result<(), Error>,
        passphrase: &Passphrase,
        iterations: NonZeroU32,
    ) -> Result<String, Error> {
        if passphrase.secret_bytes().is_empty() {
            return Err(Error::PassphraseEmpty);
        }
        let (mut salt, mut vector) = ([0; SALT], [0; BLOCK]);
        randomness(&mut salt)?;
        randomness(&mut vector)?;
        let key = self.pkcs8.secret_pkcs8_der();
        let der = stack::wiped(|| {
            encrypted_key::encrypt(key, passphrase, iterations.get(), &salt, &vector)
        })?;
        pem("ENCRYPTED PRIVATE KEY", &der)
    }

    /// Returns the key without any protection, for those who mean it: `PRIVATE KEY` in PEM.
    ///
    /// # Errors
    ///
    /// None that is known of; [`Error::KeyDamaged`] if the key cannot be encoded.
    pub fn to_secret_pkcs8_pem(&self) -> Result<Zeroizing<String>, Error> {
        pem("PRIVATE KEY", self.pkcs8.secret_pkcs8_der()).map(Zeroizing::new)
    }

    pub(crate) const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    pub(crate) fn into_parts(self) -> (Zeroizing<PrivatePkcs8KeyDer<'static>>, PublicKey) {
        (self.pkcs8, self.public_key)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

fn pem(label: &'static str, der: &[u8]) -> Result<String, Error> {
    der::pem::encode_string(label, LineEnding::LF, der).map_err(|_| Error::KeyDamaged)
}

/// PBKDF2 iterations that are written, as OWASP advises for HMAC-SHA256.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();
