//! A store that is written: one key with its certificates.
//!
//! As OpenSSL 3 lays it out, certificates first, [RFC 7292, section 5.1]. Leaves out stores of
//! several keys.
//!
//! [RFC 7292, section 5.1]: https://www.rfc-editor.org/rfc/rfc7292#section-5.1

use std::fmt;
use std::num::NonZeroU32;

use der::asn1::ObjectIdentifier;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use sha1::{Digest, Sha1};

use crate::encrypted_key::{self, BLOCK, SALT, bmp_string};
use crate::encryption::Prf;
use crate::error::Error;
use crate::passphrase::Passphrase;
use crate::pkcs12::attributes::{FRIENDLY_NAME, LOCAL_KEY_ID};
use crate::pkcs12::bag::{CERTIFICATE, SHROUDED_KEY, X509_CERTIFICATE};
use crate::pkcs12::encoding::{element, identifier, integer, sequence, tagged};
use crate::pkcs12::mac;
use crate::pkcs12::pfx::{DATA, ENCRYPTED_DATA};
use crate::stack;

/// A PKCS#12 store, `.p12` or `.pfx`, of one key and its certificates, to be written.
///
/// Unless [`legacy`](Self::legacy) says otherwise it is under AES-256 with PBKDF2 and HMAC-SHA256,
/// and its MAC is HMAC-SHA256: OpenSSL 3, Java since 8u301, Windows since 10 (1709), GnuTLS, NSS,
/// Python and Node open it. Each part has 600,000 iterations.
///
/// ```
/// use std::num::NonZeroU32;
///
/// use identity::{Loader, Passphrase, Pkcs12Builder};
///
/// # let chain = include_bytes!("../../tests/vectors/chain.pem");
/// # let key = include_bytes!("../../tests/vectors/key.pem");
/// # let january_2030 =
/// #     std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_893_456_000);
/// # let loader = Loader::new().validate_at(january_2030);
/// let loaded = loader.load(chain, key)?;
/// let identity = loaded.identity();
/// let key = identity.secret_key().expect("it came from a file");
/// let store = Pkcs12Builder::new(key, identity.certificate_chain())
///     .friendly_name("client")
/// #   .iterations(NonZeroU32::MIN)
///     .to_der(&Passphrase::new("correct horse"))?;
///
/// let loader = loader.passphrase(Passphrase::new("correct horse"));
/// let again = loader.load(&store, &store)?;
/// assert_eq!(again.report().friendly_name(), Some("client"));
/// # Ok::<(), identity::Error>(())
/// ```
#[derive(Clone)]
pub struct Pkcs12Builder<'a> {
    key: &'a PrivatePkcs8KeyDer<'static>,
    certificate_chain: &'a [CertificateDer<'static>],
    friendly_name: Option<String>,
    algorithms: Algorithms,
    iterations: NonZeroU32,
}

#[derive(Clone, Copy)]
enum Algorithms {
    /// 3DES, and HMAC-SHA1.
    Legacy,
    /// AES-256, and HMAC-SHA256.
    Modern,
}

/// Fills a buffer with random bytes.
type Randomness<'a> = &'a mut dyn FnMut(&mut [u8]) -> Result<(), Error>;

impl<'a> Pkcs12Builder<'a> {
    /// Takes an unencrypted key and its certificates, its own first; there may be none.
    #[must_use]
    pub const fn new(
        key: &'a PrivatePkcs8KeyDer<'static>,
        certificate_chain: &'a [CertificateDer<'static>],
    ) -> Self {
        Self {
            key,
            certificate_chain,
            friendly_name: None,
            algorithms: Algorithms::Modern,
            iterations: ITERATIONS,
        }
    }

    /// Names the key and its certificate: what `keytool` calls an alias, and Windows shows.
    ///
    /// Java makes up a name where there is none.
    #[must_use]
    pub fn friendly_name(mut self, name: impl Into<String>) -> Self {
        self.friendly_name = Some(name.into());
        self
    }

    /// Chooses 3DES and SHA-1 in place of AES-256 and SHA-256, for programs that know nothing else:
    /// Windows before 10 (1709), Java before 8u301, OpenSSL before 1.1.
    ///
    /// OpenSSL 3 opens it nevertheless; FIPS modules do not.
    #[must_use]
    pub const fn legacy(mut self) -> Self {
        self.algorithms = Algorithms::Legacy;
        self
    }

    /// Sets the iterations of each of the three key derivations, 600,000 unless set.
    #[must_use]
    pub const fn iterations(mut self, iterations: NonZeroU32) -> Self {
        self.iterations = iterations;
        self
    }

    /// Returns the store in DER.
    ///
    /// # Errors
    ///
    /// [`Error::PassphraseEmpty`], since tools differ in what an empty one is;
    /// [`Error::RandomnessUnavailable`] if the system has none.
    pub fn to_der(&self, passphrase: &Passphrase) -> Result<Vec<u8>, Error> {
        let mut system =
            |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| Error::RandomnessUnavailable);
        self.to_der_with(&mut system, passphrase)
    }

    /// Returns the store as [`to_der`](Self::to_der) does, with the caller's randomness: at most 16
    /// bytes at a time, 80 in all.
    ///
    /// # Errors
    ///
    /// [`Error::PassphraseEmpty`], or what `randomness` fails with.
    pub fn to_der_with(
        &self,
        randomness: &mut dyn FnMut(&mut [u8]) -> Result<(), Error>,
        passphrase: &Passphrase,
    ) -> Result<Vec<u8>, Error> {
        if passphrase.secret_bytes().is_empty() {
            return Err(Error::PassphraseEmpty);
        }
        stack::wiped(|| self.written(randomness, passphrase))
    }

    fn written(
        &self,
        randomness: Randomness<'_>,
        passphrase: &Passphrase,
    ) -> Result<Vec<u8>, Error> {
        let mut safes = Vec::new();
        if !self.certificate_chain.is_empty() {
            let bags = sequence(&[&self.certificate_bags().concat()]);
            let info = self.encrypted(&bags, randomness, passphrase)?;
            safes.extend(encrypted_data(&info).ok_or(Error::KeyDamaged)?);
        }
        let key = self.key.secret_pkcs8_der();
        let key = self.encrypted(key, randomness, passphrase)?;
        let bag = bag(SHROUDED_KEY, &key, &self.attributes());
        safes.extend(content_info(
            DATA,
            &element(OCTET_STRING, &sequence(&[&bag])),
        ));

        let content = sequence(&[&safes]);
        let mut salt = [0; SALT];
        randomness(&mut salt)?;
        let hash = match self.algorithms {
            Algorithms::Legacy => Prf::HmacSha1,
            Algorithms::Modern => Prf::HmacSha256,
        };
        let password = bmp_string(passphrase.secret_bytes());
        let mac = mac::written(hash, &content, &password, &salt, self.iterations.get());
        Ok(sequence(&[
            &integer(VERSION),
            &content_info(DATA, &element(OCTET_STRING, &content)),
            &mac.ok_or(Error::KeyDamaged)?,
        ]))
    }

    /// Returns an `EncryptedPrivateKeyInfo`, whatever is encrypted in it.
    fn encrypted(
        &self,
        plaintext: &[u8],
        randomness: Randomness<'_>,
        passphrase: &Passphrase,
    ) -> Result<Vec<u8>, Error> {
        let iterations = self.iterations.get();
        let mut salt = [0; SALT];
        randomness(&mut salt)?;
        match self.algorithms {
            Algorithms::Legacy => {
                encrypted_key::encrypt_legacy(plaintext, passphrase, iterations, &salt)
            }
            Algorithms::Modern => {
                let mut vector = [0; BLOCK];
                randomness(&mut vector)?;
                encrypted_key::encrypt(plaintext, passphrase, iterations, &salt, &vector)
            }
        }
    }

    fn certificate_bags(&self) -> Vec<Vec<u8>> {
        let certificates = self.certificate_chain.iter().enumerate();
        certificates
            .map(|(index, der)| {
                let octets = element(OCTET_STRING, der);
                let value = sequence(&[&identifier(X509_CERTIFICATE), &tagged(0, &octets)]);
                // Those of the key are its own certificate's alone: they tell it from its issuers.
                let attributes = match index {
                    0 => self.attributes(),
                    _ => Vec::new(),
                };
                bag(CERTIFICATE, &value, &attributes)
            })
            .collect()
    }

    /// Returns the attributes of the key and its certificate, in the order of DER.
    fn attributes(&self) -> Vec<u8> {
        let mut attributes = Vec::new();
        if let Some(name) = &self.friendly_name {
            let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
            attributes.push(attribute(FRIENDLY_NAME, &element(BMP_STRING, &units)));
        }
        if let Some(own) = self.certificate_chain.first() {
            let id = Sha1::digest(own);
            attributes.push(attribute(LOCAL_KEY_ID, &element(OCTET_STRING, &id)));
        }
        attributes.sort();
        attributes.concat()
    }
}

impl fmt::Debug for Pkcs12Builder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs12Builder")
            .field("certificates", &self.certificate_chain.len())
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

fn content_info(content_type: ObjectIdentifier, content: &[u8]) -> Vec<u8> {
    sequence(&[&identifier(content_type), &tagged(0, content)])
}

/// Returns a `ContentInfo` of `EncryptedData` with what an `EncryptedPrivateKeyInfo` holds.
fn encrypted_data(info: &[u8]) -> Option<Vec<u8>> {
    let (algorithm, data) = encrypted_key::parts(info)?;
    let info = sequence(&[&identifier(DATA), &algorithm, &element(IMPLICIT, data)]);
    let data = sequence(&[&integer(0), &info]);
    Some(content_info(ENCRYPTED_DATA, &data))
}

fn bag(kind: ObjectIdentifier, value: &[u8], attributes: &[u8]) -> Vec<u8> {
    let set = match attributes {
        [] => Vec::new(),
        attributes => element(SET, attributes),
    };
    sequence(&[&identifier(kind), &tagged(0, value), &set])
}

fn attribute(kind: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    sequence(&[&identifier(kind), &element(SET, value)])
}

/// Iterations that are written, as OWASP advises for PBKDF2 with HMAC-SHA256.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();
const VERSION: u32 = 3;
const OCTET_STRING: u8 = 0x04;
const BMP_STRING: u8 = 0x1E;
const SET: u8 = 0x31;
/// `[0] IMPLICIT` of a primitive type.
const IMPLICIT: u8 = 0x80;
