//! Everything that can be wrong with an identity.
//!
//! No variant carries input bytes, key material or a passphrase, and no foreign error is wrapped
//! but that of the file system: errors of PEM readers quote the line they stumbled over, which may
//! be the whole key.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use vocabulary::Fingerprint;

use crate::format::Format;
use crate::input::Input;
use crate::kdf_problem::KdfProblem;
use crate::path_kind::PathKind;
use crate::shown::Shown;
use crate::signer_error::SignerError;
use crate::store_problem::StoreProblem;
use crate::time::Utc;

/// Why there is no identity; the message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A certificate is not valid X.509; the file is damaged or its issuer is at fault.
    #[error(
        "certificate {position} cannot be read: it is damaged, or breaks a rule of X.509 such as \
         a serial number of at most 20 bytes; look at it with `openssl x509 -text`"
    )]
    CertificateDamaged {
        /// Where it stands among the certificates of the input, from 1.
        position: usize,
    },

    /// A key file has no certificate beside it.
    #[error("no certificate beside {}: put it there as .crt, .pem or .cer", Shown(.key))]
    CertificateMissing {
        /// The key file.
        key: PathBuf,
    },

    /// The certificate is X.509 version 1 or 2, which TLS libraries refuse; its issuer is at fault.
    #[error(
        "the certificate is X.509 version {version}, which is refused in TLS: \
         ask for a version 3 certificate"
    )]
    CertificateVersion {
        /// 1 or 2.
        version: u8,
    },

    /// The certificate input holds more certificates than a chain has.
    #[error(
        "the certificate input holds {found} certificates, more than {limit}: \
         is it a bundle of root certificates?"
    )]
    ChainTooLong {
        /// The number of certificates.
        found: usize,
        /// [`Limits::chain_length`](crate::Limits::chain_length).
        limit: usize,
    },

    /// The certificate is no longer valid.
    #[error("the certificate expired on {}: request a new one", Utc(*.not_after))]
    Expired {
        /// Its last valid instant.
        not_after: SystemTime,
    },

    /// The files are different each time that they are read: a program is writing them.
    #[error("the files change while they are read: try again when they are written")]
    FilesChanging,

    /// The key file's key derivation has parameters that cannot be used.
    #[error("the key cannot be decrypted: {kdf} {problem}")]
    Kdf {
        /// The key derivation function, for example `scrypt`.
        kdf: &'static str,
        /// The problem.
        problem: KdfProblem,
    },

    /// Opening the key would cost more than [`Limits`](crate::Limits) allow; no work was done.
    #[error(
        "opening the key asks for {asked} {what}, the limit is {limit}: raise the limit if you \
         trust the file, or encrypt the key anew"
    )]
    KdfTooExpensive {
        /// The unit, for example `PBKDF2 iterations`.
        what: &'static str,
        /// The number in the file; `u64::MAX` stands for anything higher too.
        asked: u64,
        /// The limit.
        limit: u64,
    },

    /// The key is not well-formed, or its numbers do not fit together; the file is damaged.
    #[error("the key is damaged: restore it from a copy")]
    KeyDamaged,

    /// The key belongs to none of the certificates; the caller mixed up files.
    #[error(
        "the key does not belong to the certificate: the certificate's public key has SHA-256 \
         {certificate}, the key's is {key}"
    )]
    KeyMismatch {
        /// Digest of the public key of the first certificate.
        certificate: Fingerprint,
        /// Digest of the public key that belongs to the private key.
        key: Fingerprint,
    },

    /// The key is larger than any TLS library accepts.
    #[error("the key has {bits} bits, more than {MOST_KEY_BITS}: make a smaller one")]
    KeyTooLarge {
        /// The length of the modulus.
        bits: usize,
    },

    /// The key is too small to be accepted by a server.
    #[error(
        "the key has {bits} bits, fewer than {FEWEST_KEY_BITS}: make a new key and certificate"
    )]
    KeyTooSmall {
        /// The length of the modulus.
        bits: usize,
    },

    /// The input is a certificate signing request: the step between key and certificate is missing.
    #[error("the {input} input is {}; {}", Format::CertificationRequest, after_request(*.input))]
    LooksLikeCsr {
        /// Which input.
        input: Input,
    },

    /// The certificate input holds no certificate.
    #[error("no certificate where certificates were expected; the input holds: {}", Listed(.found))]
    NoCertificate {
        /// The formats found.
        found: Vec<Format>,
    },

    /// An [`IdentitySet`](crate::IdentitySet) was to be made of nothing; the caller is at fault.
    #[error("there is no identity: give at least one certificate with its key")]
    NoIdentity,

    /// The key input holds no private key.
    #[error("no private key in the key input; it holds: {}", Listed(.found))]
    NoKey {
        /// The formats found.
        found: Vec<Format>,
    },

    /// The path names a folder, a pipe, a terminal or a device.
    #[error("{} is {kind}", Shown(.path))]
    NotAFile {
        /// The path; `-` is standard input.
        path: PathBuf,
        /// The kind of thing that it names.
        kind: PathKind,
    },

    /// The certificate may not be used by a TLS client; its issuer chose another purpose.
    #[error(
        "the certificate is not for TLS clients: its extended key usage lacks clientAuth; \
         ask for a client certificate"
    )]
    NotForClientAuth,

    /// The certificate may not be used by a TLS server; its issuer chose another purpose.
    #[error(
        "the certificate is not for TLS servers: its extended key usage lacks serverAuth; \
         ask for a server certificate"
    )]
    NotForServerAuth,

    /// The certificate is not valid yet.
    #[error(
        "the certificate is valid only from {}: check the clock of this machine",
        Utc(*.not_before)
    )]
    NotYetValid {
        /// Its first valid instant.
        not_before: SystemTime,
    },

    /// A new passphrase is empty, which some tools cannot take; the caller is at fault.
    #[error("a new passphrase must not be empty")]
    PassphraseEmpty,

    /// The passphrase is wrong or the file is damaged; the encryption cannot tell which.
    #[error(
        "the passphrase is wrong (is it empty, cut, or is there an extra line break?), \
         or the key file is damaged"
    )]
    PassphraseOrDamaged,

    /// The passphrase could not be asked for; the function given to
    /// [`PassphraseSource::prompt`](crate::PassphraseSource::prompt) failed.
    #[error("cannot ask for the passphrase of the key")]
    PassphrasePrompt {
        /// The error of the function.
        source: io::Error,
    },

    /// The key is encrypted and no passphrase was given.
    #[error("the key is encrypted: give its passphrase")]
    PassphraseRequired,

    /// The environment variable that should hold the passphrase does not exist.
    #[error("the environment variable {name} for the passphrase is not set")]
    PassphraseVariableUnset {
        /// Its name.
        name: String,
    },

    /// The path names a pipe that no program has opened in order to write into it.
    #[error(
        "no program writes into the pipe {}: start the writer first, or give a regular file",
        Shown(.path)
    )]
    PipeWithoutWriter {
        /// The path.
        path: PathBuf,
    },

    /// The system has no randomness to give.
    #[error("the system has no randomness to give")]
    RandomnessUnavailable,

    /// A file could not be read.
    #[error("cannot read {}", Shown(.path))]
    Read {
        /// The path.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },

    /// Two certificate files stand beside one key, and only one of them is meant.
    #[error(
        "{} and {} are for the same key: leave only the one that is meant",
        Shown(.first), Shown(.second)
    )]
    SeveralCertificates {
        /// One of them.
        first: PathBuf,
        /// Another.
        second: PathBuf,
    },

    /// The key input holds several different keys.
    #[error("the key input holds {count} different keys: leave only the certificate's own")]
    SeveralKeys {
        /// The number of keys.
        count: usize,
    },

    /// The device of a key that its file names by a URI cannot be used, or not for this key; see
    /// [`Loader::signers`](crate::Loader::signers).
    #[error("the key that the key file names cannot be used")]
    Signer {
        /// The reason, with what to do.
        source: SignerError,
    },

    /// A signer gives no public key, or one that nothing can be verified by; its program is at
    /// fault.
    #[error("the public key of the signer cannot be read: its device or driver is at fault")]
    SignerPublicKey,

    /// A signer names no signature scheme, or one that its key cannot do; its program is at fault.
    #[error(
        "the signer can sign by no scheme of TLS, or names one that its key cannot do: its device \
         or driver is at fault"
    )]
    SignerSchemes,

    /// A PKCS#12 store cannot be opened or written, or it does not show which key is meant.
    #[error("the PKCS#12 store {0}")]
    Store(StoreProblem),

    /// The key was given as certificate and the certificate as key.
    #[error("certificate and key are swapped: give the certificate first and the key second")]
    Swapped,

    /// An input is larger than the limit.
    #[error("the {input} input has more than {limit} bytes: is it the right file?")]
    TooLarge {
        /// Which input.
        input: Input,
        /// The limit in bytes.
        limit: u64,
    },

    /// An [`IdentitySet`](crate::IdentitySet) was to have more members than an account has live
    /// certificates; the caller is at fault.
    #[error(
        "there are {found} different certificates, an account has at most {limit}: remove those \
         that are no longer used"
    )]
    TooManyIdentities {
        /// The number of different leaf certificates.
        found: usize,
        /// The most that the caller allows, such as
        /// [`IdentitySet::TRULIOO`](crate::IdentitySet::TRULIOO).
        limit: usize,
    },

    /// A folder holds more keys than anyone looks after.
    #[error("{} holds more than {limit} keys: is it the right folder?", Shown(.folder))]
    TooManyKeys {
        /// The folder.
        folder: PathBuf,
        /// Fifty.
        limit: usize,
    },

    /// The key is encrypted in a way that is not supported.
    #[error(
        "the key is encrypted with {}{}, which is not supported: convert it with \
         `openssl pkey -in FILE -aes256 -out key.pem` \
         (add `-provider legacy -provider default` if that is refused as unsupported)",
        .name.unwrap_or("an unknown algorithm"), InBrackets(.oid.as_deref())
    )]
    UnsupportedEncryption {
        /// The object identifier in dotted form; traditional encryption has none.
        oid: Option<String>,
        /// Its name, if known.
        name: Option<&'static str>,
    },

    /// The input is recognised, but it is not what it should be or not supported.
    #[error("the {input} input is {format}; {}", .format.advice())]
    UnsupportedFormat {
        /// Which input.
        input: Input,
        /// Its format.
        format: Format,
    },

    /// The key is of a kind that not every TLS library can use.
    #[error(
        "the key is for {} ({oid}), which is not supported: make an RSA key with \
         `openssl req -new -newkey rsa:2048 -keyout server.key -out server.csr`",
        .name.unwrap_or("an unknown algorithm")
    )]
    UnsupportedKeyAlgorithm {
        /// The object identifier in dotted form.
        oid: String,
        /// Its name, if known.
        name: Option<&'static str>,
    },
}

/// Returns the advice on what to give in place of a request.
const fn after_request(input: Input) -> &'static str {
    match input {
        Input::Key => "give the private key that was written together with it",
        _ => Format::CertificationRequest.advice(),
    }
}

/// Shows an object identifier behind a name.
struct InBrackets<'a>(Option<&'a str>);

impl fmt::Display for InBrackets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |oid| write!(f, " ({oid})"))
    }
}

/// Shows what was found as a list.
struct Listed<'a>(&'a [Format]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, format) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{format}")?;
        }
        Ok(())
    }
}

/// The length of modulus below which servers refuse a key.
pub(crate) const FEWEST_KEY_BITS: usize = 2048;
/// The length of modulus above which TLS libraries refuse a key.
pub(crate) const MOST_KEY_BITS: usize = 8192;
