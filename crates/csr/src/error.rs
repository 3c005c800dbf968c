//! Errors of keys, requests and their files.
//!
//! A subject's own problems are [`SubjectError`]. No error here carries key
//! material, a passphrase or bytes of a file.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::file_kind::FileKind;
use crate::public_key::PublicKeyKind;
use crate::randomness::RandomnessUnavailable;
use crate::signature_algorithm::SignatureAlgorithm;
use crate::subject::SubjectError;

/// Why a key, a request or their files could not be made or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of that name is there; nothing was written. The caller picks another name.
    #[error("{} exists and is never overwritten: choose another name or folder", path.display())]
    AlreadyExists {
        /// The file that is in the way.
        path: PathBuf,
    },

    /// The caller cancelled the search for the primes; there is no key.
    #[error("the generation of the key was cancelled")]
    Cancelled,

    /// The file is cut off or altered, or uses an encoding that is not DER. The file's side.
    #[error("{kind} was found but it is cut off or altered: get the file anew")]
    Damaged {
        /// The kind that its label names.
        kind: FileKind,
    },

    /// The passphrase has no bytes. The caller leaves the key plain or asks again.
    #[error("the passphrase is empty: give at least one character, or write the key without one")]
    EmptyPassphrase,

    /// A structure of our own making could not be encoded. A defect of this crate.
    #[error("cannot encode the structure as DER or PEM: this is a defect of the library")]
    Encoding,

    /// A file operation failed; what this call had created is gone again. The system's side.
    #[error("cannot {step} {}", path.display())]
    File {
        /// The step that failed.
        step: FileStep,
        /// To which file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// The file name is empty, a path, or holds characters that file systems take amiss.
    #[error("the file name must be a plain name without folder, separator, colon or dot in front")]
    FileName,

    /// The number of PBKDF2 iterations asked for is out of range. The caller's choice.
    #[error("{iterations} PBKDF2 iterations are outside {min} to {max}")]
    IterationsOutOfRange {
        /// The number requested.
        iterations: u32,
        /// The least that is allowed.
        min: u32,
        /// The most that is allowed.
        max: u32,
    },

    /// The text is not a PKCS#8 private key in PEM, or it is cut off or altered.
    #[error(
        "not an intact PKCS#8 private key in PEM (BEGIN [ENCRYPTED] PRIVATE KEY): copy the file \
         again, or convert it with `openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW`"
    )]
    KeyDamaged,

    /// Two primes do not make a key that FIPS 186-5 allows; see the check for what it means.
    #[error("the key fails a check of FIPS 186-5: {0}")]
    KeyRefused(KeyCheck),

    /// The key is RSA but not of 2048 bits. The file's side: make a new key.
    #[error("the key has {bits} bits where 2048 are required: make a new key")]
    KeySize {
        /// The length of its modulus.
        bits: usize,
    },

    /// The key is intact but not an RSA key. The file's side: make a new key.
    #[error("the key is not an RSA key: make a new key")]
    NotRsa,

    /// The passphrase is wrong or the file is damaged; PBES2 cannot tell which.
    #[error(
        "the passphrase is wrong (is it cut, or is there an extra line break?), \
         or the key file is damaged"
    )]
    PassphraseOrDamaged,

    /// The key is encrypted and no passphrase was given. The caller asks for it.
    #[error("the key is encrypted: its passphrase is needed")]
    PassphraseRequired,

    /// A passphrase was given for a key that anyone can read. The caller leaves it out, or
    /// protects the key first.
    #[error("a passphrase was given but the key is not encrypted: the file protects nothing")]
    PassphraseUnused,

    /// The search examined far more candidates than chance explains. The randomness is broken.
    #[error("no primes found in {candidates} candidates: the source of randomness is broken")]
    PrimeSearchExhausted {
        /// The candidates that one worker examined for one prime.
        candidates: u32,
    },

    /// The public exponent is not 65537. The file's side: make a new key.
    #[error("the key's public exponent is not 65537: make a new key")]
    PublicExponent,

    /// The public key that a request is to be for cannot be read. The side of what holds the key.
    #[error(
        "the public key is not an intact SubjectPublicKeyInfo: its device or driver is at fault"
    )]
    PublicKeyDamaged,

    /// The source of randomness failed. The system's side, or the caller's own source.
    #[error("cannot draw random bytes")]
    Randomness(#[from] RandomnessUnavailable),

    /// A file just written does not hold what was written; both are gone again. Look at the disk.
    #[error("{} does not read back as written, so it was removed: check the disk", path.display())]
    ReadBack {
        /// The file that differs.
        path: PathBuf,
    },

    /// The request was signed by another key; nothing was written. The caller's mix-up.
    #[error("the request belongs to another key: sign it with the key that is written beside it")]
    RequestNotForKey,

    /// The signature just made does not verify. The key's numbers or the machine are damaged.
    #[error("the signature does not verify against its own key: do not use this key")]
    SelfCheck,

    /// The signature was not made by the key in the request, or the request was altered since. The
    /// file's side: make it anew.
    #[error("the signature does not verify: the request was altered, or signed by another key")]
    SignatureInvalid,

    /// The signature cannot be verified here, which says nothing about it.
    #[error("the signature cannot be verified here: it is {algorithm}, and the key {key}")]
    SignatureUnsupported {
        /// The signature algorithm that the request names.
        algorithm: SignatureAlgorithm,
        /// The key in the request.
        key: PublicKeyKind,
    },

    /// The key that stays elsewhere could not sign; there is no request. The side of what holds it.
    #[error("the key could not sign the request")]
    Signer {
        /// The error of the function that was to sign.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The names of a certificate do not satisfy the policy for the next one.
    #[error("the names of the certificate cannot be asked for again")]
    Subject(#[from] SubjectError),

    /// The file is far larger than what it should hold. The caller's mix-up.
    #[error("the file has {bytes} bytes where {max} are the most that is read")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },

    /// The file asks for more PBKDF2 iterations than are computed for a stranger's file.
    #[error(
        "the key file asks for {iterations} PBKDF2 iterations, more than {limit}: encrypt it anew \
         with `openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW`"
    )]
    TooManyIterations {
        /// The number in the file.
        iterations: u32,
        /// The limit.
        limit: u32,
    },

    /// The key is encrypted in a way that is not read here. The file's side: convert it.
    #[error(
        "the key's encryption is not supported: encrypt it anew with \
         `openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW`"
    )]
    UnsupportedEncryption,

    /// The file holds something else. The caller's mix-up.
    #[error("{wanted} is needed but the file holds {found}")]
    WrongFile {
        /// The kind that is needed.
        wanted: FileKind,
        /// The kind that was found.
        found: FileKind,
    },
}

/// The step of a file operation that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileStep {
    /// Looking whether it exists, before anything is written.
    Look,
    /// Creating it, which fails if it exists.
    Create,
    /// Writing its content.
    Write,
    /// Waiting until content or folder entry is on the disk.
    Sync,
    /// Giving the whole file its name, which fails if there is a file of that name.
    Link,
    /// Reading it back.
    Read,
}

impl fmt::Display for FileStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Look => "look for",
            Self::Create => "create",
            Self::Write => "write",
            Self::Link => "name",
            Self::Sync => "flush to disk",
            Self::Read => "read back",
        })
    }
}

/// The check of FIPS 186-5, appendix A.1.3, that a pair of primes fails.
///
/// For primes from a working source of randomness the first two never fail (the search sees to
/// them) and the others fail with a probability below 2^-90.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyCheck {
    /// A prime is below √2·2^1023, so that the modulus may be short of 2048 bits.
    PrimeTooSmall,
    /// 65537 divides p - 1 or q - 1, so that it has no inverse.
    ExponentNotInvertible,
    /// The primes are within 2^924 of each other, so that the modulus can be factored by search.
    PrimesTooClose,
    /// The private exponent is not above 2^1024.
    PrivateExponentTooSmall,
    /// The numbers do not make a key: a factor is not what it should be.
    Inconsistent,
}

impl fmt::Display for KeyCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PrimeTooSmall => "a prime is too small",
            Self::ExponentNotInvertible => "the public exponent has no inverse",
            Self::PrimesTooClose => "the primes are too close together",
            Self::PrivateExponentTooSmall => "the private exponent is too small",
            Self::Inconsistent => "the factors do not make a key",
        })
    }
}
