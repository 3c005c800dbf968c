//! The private key: RSA with 2048 bits and the public exponent 65537.
//!
//! Made as [FIPS 186-5], appendix A.1.3, asks for probable primes. Leaves out every other kind and
//! size of key: the portal takes this one.
//!
//! [FIPS 186-5]: https://nvlpubs.nist.gov/nistpubs/FIPS/NIST.FIPS.186-5.pdf

mod candidates;
mod encryption_params;
mod fips186;
mod pkcs8;
mod primality;
mod screen;
mod search;
mod sieve;
mod stack;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;
use std::thread;

use crypto_bigint::U1024;
use rsa::pkcs8::EncodePublicKey;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, Pkcs1v15Sign};
use sha2::{Digest, Sha256};
use vocabulary::Fingerprint;
use zeroize::Zeroizing;

pub use encryption_params::EncryptionParams;
pub(crate) use fips186::PUBLIC_EXPONENT;

use crate::error::{Error, KeyCheck};
use crate::passphrase::Passphrase;
use crate::randomness::{self, Randomness};

/// An RSA-2048 private key; its numbers and encodings are wiped when it is dropped.
///
/// Wiped are the buffers of this crate: the candidates and primes of the search, PKCS#8 in DER and
/// PEM, what a key is encrypted in; of `rsa` the private exponent, the primes and what is
/// precomputed from them; and after each operation the stack below it, on every thread that took
/// part. **Not wiped** is what `rsa` and `crypto-bigint` allocate for intermediate results and free
/// as it is: the primes, once or twice each, and what no longer shows them as they are (products
/// and remainders). These lie in freed memory until something else is put there, and can be found
/// in a memory dump. Without `unsafe`, this crate cannot reach them. On Linux a test of this crate
/// searches the memory of a process that has made, opened, signed with, encrypted or written a key
/// and dropped it: of p and q together it finds up to four copies, or six if a key was written and
/// read back, and none of d, dP, dQ, qInv or any encoding. Of each stack 64 KiB are overwritten,
/// enough in debug builds as in optimized ones.
///
/// A program that must not leave any in its heap chooses a global allocator that wipes what is
/// freed; one that must not leave any at all makes the key in a process of its own, which ends.
///
/// Not `Clone`: hand out references. `Debug` shows the size and the hash of the public key.
///
/// ```
/// let key = csr::RsaKey::generate()?;
/// let text = key.to_secret_pkcs8_pem();
/// assert!(text.starts_with("-----BEGIN PRIVATE KEY-----"));
/// # Ok::<(), csr::Error>(())
/// ```
pub struct RsaKey {
    private: rsa::PrivateKey,
    pkcs8_der: Zeroizing<Vec<u8>>,
    pkcs8_pem: Zeroizing<String>,
    public_key_der: Vec<u8>,
}

impl RsaKey {
    /// Makes a new key with the system's randomness on all available cores.
    ///
    /// # Errors
    ///
    /// As [`RsaKey::generate_with`].
    pub fn generate() -> Result<Self, Error> {
        let workers = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self::generate_with(&mut randomness::system, workers)
    }

    /// Makes a new key with the caller's randomness on up to `workers` threads.
    ///
    /// Draws 32 bytes per worker, before anything else happens, and nothing later. With one worker
    /// the same bytes give the same key in the same version of this crate; with more, the fastest
    /// two primes win. More than 256 workers are not used.
    ///
    /// # Errors
    ///
    /// [`Error::Randomness`] if `randomness` fails, [`Error::PrimeSearchExhausted`] or
    /// [`Error::KeyRefused`] if it delivers what cannot be random.
    pub fn generate_with(
        randomness: &mut Randomness<'_>,
        workers: NonZeroUsize,
    ) -> Result<Self, Error> {
        Self::generate_cancellable(randomness, workers, &AtomicBool::new(false))
    }

    /// Makes a key as [`RsaKey::generate_with`], and gives up soon after `cancelled` becomes true.
    ///
    /// The flag is looked at about once in a millisecond, by every thread. A key whose primes are
    /// found by then is still made.
    ///
    /// ```
    /// # use std::num::NonZeroUsize;
    /// # use std::sync::atomic::{AtomicBool, Ordering};
    /// use csr::{Error, RsaKey};
    ///
    /// let cancelled = AtomicBool::new(false);
    /// let mut randomness = |bytes: &mut [u8]| {
    ///     cancelled.store(true, Ordering::Relaxed); // or from another thread
    ///     getrandom::fill(bytes).map_err(|_| csr::RandomnessUnavailable)
    /// };
    /// let made = RsaKey::generate_cancellable(&mut randomness, NonZeroUsize::MIN, &cancelled);
    /// assert!(matches!(made, Err(Error::Cancelled)));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`], or as [`RsaKey::generate_with`].
    pub fn generate_cancellable(
        randomness: &mut Randomness<'_>,
        workers: NonZeroUsize,
        cancelled: &AtomicBool,
    ) -> Result<Self, Error> {
        stack::wiped(|| {
            let [p, q] = search::two_primes(randomness, workers, cancelled)?;
            Self::assemble(&p, &q)
        })
    }

    /// Reads a key in PKCS#8 PEM as this crate writes it, encrypted or not.
    ///
    /// Of encrypted keys it takes PBES2 with PBKDF2 of up to 10,000,000 iterations, thus what
    /// `openssl req` writes too. The text must be clean RFC 7468: a file that went through a mail
    /// program belongs to a more patient reader. That the factors are prime is taken on trust.
    ///
    /// # Errors
    ///
    /// [`Error::KeyDamaged`] if it is not an intact PKCS#8 key; [`Error::NotRsa`],
    /// [`Error::KeySize`] and [`Error::PublicExponent`] if it is another kind of key;
    /// [`Error::PassphraseRequired`], [`Error::PassphraseUnused`] and
    /// [`Error::PassphraseOrDamaged`] for the passphrase; [`Error::UnsupportedEncryption`] and
    /// [`Error::TooManyIterations`] for its encryption.
    pub fn from_pkcs8_pem(pem: &str, passphrase: Option<&Passphrase>) -> Result<Self, Error> {
        stack::wiped(|| Self::from_private(pkcs8::decode(pem, passphrase)?))
    }

    /// Returns the **secret** key as `PrivateKeyInfo` ([RFC 5208, section 5]) in DER.
    ///
    /// [RFC 5208, section 5]: https://www.rfc-editor.org/rfc/rfc5208#section-5
    #[must_use]
    pub fn to_secret_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8_der.clone()
    }

    /// Returns the **secret** key as `PrivateKeyInfo` in PEM, label `PRIVATE KEY`.
    #[must_use]
    pub fn to_secret_pkcs8_pem(&self) -> Zeroizing<String> {
        self.pkcs8_pem.clone()
    }

    /// Encrypts the key as `EncryptedPrivateKeyInfo` ([RFC 5958, section 3]) in PEM, with salt and
    /// initialization vector from the system.
    ///
    /// [RFC 5958, section 3]: https://www.rfc-editor.org/rfc/rfc5958#section-3
    ///
    /// # Errors
    ///
    /// [`Error::Randomness`] if the system delivers none.
    pub fn to_encrypted_pkcs8_pem(
        &self,
        passphrase: &Passphrase,
        params: &EncryptionParams,
    ) -> Result<String, Error> {
        self.to_encrypted_pkcs8_pem_with(&mut randomness::system, passphrase, params)
    }

    /// Encrypts as [`RsaKey::to_encrypted_pkcs8_pem`], with salt and initialization vector from the
    /// caller's randomness: 16 bytes, then 16 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Randomness`] if `randomness` fails.
    pub fn to_encrypted_pkcs8_pem_with(
        &self,
        randomness: &mut Randomness<'_>,
        passphrase: &Passphrase,
        params: &EncryptionParams,
    ) -> Result<String, Error> {
        stack::wiped(|| pkcs8::encrypt(&self.pkcs8_der, randomness, passphrase, params))
    }

    /// Returns the SHA-256 of the public key as `SubjectPublicKeyInfo` in DER; equal for a key, its
    /// requests and its certificates.
    #[must_use]
    pub fn public_key_sha256(&self) -> Fingerprint {
        Fingerprint::of(&self.public_key_der)
    }

    /// Returns the public key as `SubjectPublicKeyInfo` in DER.
    pub(crate) fn public_key_der(&self) -> &[u8] {
        &self.public_key_der
    }

    /// Signs `message` by RSASSA-PKCS1-v1_5 with SHA-256, and verifies the signature before it is
    /// returned.
    ///
    /// The randomness blinds the computation and does not show in the signature.
    pub(crate) fn sign(
        &self,
        message: &[u8],
        randomness: &mut Randomness<'_>,
    ) -> Result<Vec<u8>, Error> {
        let digest = Sha256::digest(message);
        let padding = Pkcs1v15Sign::new::<Sha256>();
        let mut generator = randomness::seeded(randomness)?;
        let sign = || {
            self.private
                .sign_with_rng(&mut generator, padding.clone(), &digest)
        };
        let signature = stack::wiped(sign).map_err(|_| Error::SelfCheck)?;
        // A fault in the computation could reveal the key through its signature (Boneh, DeMillo,
        // Lipton).
        self.private
            .as_public_key()
            .verify(padding, &digest, &signature)
            .map_err(|_| Error::SelfCheck)?;
        Ok(signature)
    }

    /// Makes the key from two primes and checks it as FIPS 186-5 asks; that they are prime is the
    /// caller's word.
    fn assemble(p: &U1024, q: &U1024) -> Result<Self, Error> {
        fips186::check_primes(p, q)?;
        let e = BoxedUint::from(PUBLIC_EXPONENT);
        let private = rsa::PrivateKey::from_p_q(BoxedUint::from(p), BoxedUint::from(q), e)
            .map_err(|_| Error::KeyRefused(KeyCheck::Inconsistent))?;
        fips186::check_private_exponent(private.d())?;
        Self::from_private(private)
    }

    /// Encodes once, so that no later step can fail.
    fn from_private(private: rsa::PrivateKey) -> Result<Self, Error> {
        // Now and not on demand: a key that cannot be written is none.
        let pkcs8 = pkcs8::to_der(&private)?;
        let public_key = private
            .as_public_key()
            .to_public_key_der()
            .map_err(|_| Error::Encoding)?;
        Ok(Self {
            pkcs8_pem: Zeroizing::new(pkcs8::encode(&pkcs8)?),
            pkcs8_der: pkcs8,
            public_key_der: public_key.into_vec(),
            private,
        })
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaKey")
            .field("bits", &self.private.n().bit_width())
            .field("public_key_sha256", &self.public_key_sha256())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the PKCS#8 texts of <https://c2sp.org/det-keygen>; see `tests/vectors/README.md`.
    fn known_keys() -> impl Iterator<Item = &'static str> {
        include_str!("../tests/vectors/det-keygen-2048.txt")
            .split_inclusive("-----END PRIVATE KEY-----\n")
            .filter_map(|entry| entry.find("-----BEGIN").map(|start| &entry[start..]))
    }

    fn prime(key: &RsaKey, index: usize) -> U1024 {
        U1024::from_be_slice(&key.private.primes()[index].to_be_bytes())
    }

    #[test]
    fn keys_assembled_from_known_primes_have_the_known_bytes() {
        let mut keys = 0;
        for text in known_keys() {
            let read = RsaKey::from_pkcs8_pem(text, None).unwrap();
            let assembled = RsaKey::assemble(&prime(&read, 0), &prime(&read, 1)).unwrap();
            assert_eq!(*assembled.to_secret_pkcs8_pem(), text);
            keys += 1;
        }
        assert_eq!(keys, 16);
    }

    #[test]
    fn composite_in_place_of_prime_makes_no_key_that_signs() {
        let read = RsaKey::from_pkcs8_pem(known_keys().next().unwrap(), None).unwrap();
        let (p, q) = (prime(&read, 0), prime(&read, 1));
        // Next to a prime, far from q and suited to e: only a signature shows the fault.
        let composite = p.wrapping_add(&U1024::from_u64(2));
        let key = RsaKey::assemble(&composite, &q).unwrap();
        let signed = key.sign(b"message", &mut randomness::system);
        assert!(matches!(signed, Err(Error::SelfCheck)));
    }

    #[test]
    fn unsuitable_primes_are_refused_by_name() {
        let read = RsaKey::from_pkcs8_pem(known_keys().next().unwrap(), None).unwrap();
        let p = prime(&read, 0);
        for (q, check) in [
            (p, KeyCheck::PrimesTooClose),
            (p.shr_vartime(1), KeyCheck::PrimeTooSmall),
            (U1024::ZERO, KeyCheck::PrimeTooSmall),
        ] {
            let refused = RsaKey::assemble(&p, &q).unwrap_err();
            assert!(
                matches!(refused, Error::KeyRefused(found) if found == check),
                "{refused:?}"
            );
        }
        let even = U1024::MAX.shl_vartime(1022);
        let refused = RsaKey::assemble(&p, &even).unwrap_err();
        assert!(matches!(refused, Error::KeyRefused(KeyCheck::Inconsistent)));
    }
}
