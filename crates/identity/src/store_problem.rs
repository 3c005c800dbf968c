//! Everything that can be wrong with a PKCS#12 store itself.
//!
//! Leaves out its keys and certificates, whose errors are those of any other file.

use std::fmt;

/// A problem of a PKCS#12 store; its `Display` is a clause about "the PKCS#12 store".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreProblem {
    /// It is not well-formed: the file is cut or damaged, or its writer is at fault.
    Damaged,
    /// Its passphrase is right, and its key is under another one; its writer chose that.
    KeyUnderOtherPassphrase,
    /// No key of it has the friendly name that was asked for; the caller is at fault.
    NoSuchName,
    /// It is encrypted or signed for a public key in place of a passphrase, a form that no common
    /// tool writes.
    PublicKeyMode,
    /// Several of its keys have a certificate that can be used, and nothing says which is meant.
    SeveralKeys {
        /// The number of those keys.
        count: usize,
    },
    /// Its parts are nested deeper than any tool does it; no work was done.
    TooDeep,
    /// It holds more parts than any tool writes; no work was done.
    TooManyParts {
        /// The most that are read.
        limit: usize,
    },
    /// A part of it is encrypted in a way that is not supported.
    UnsupportedEncryption {
        /// The object identifier in dotted form.
        oid: Option<String>,
        /// Its name, if known.
        name: Option<&'static str>,
    },
    /// Its integrity is protected in a way that is not supported.
    UnsupportedMac {
        /// The object identifier in dotted form.
        oid: String,
        /// Its name, if known.
        name: Option<&'static str>,
    },
}

impl fmt::Display for StoreProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => {
                f.write_str("is cut or damaged: copy it again, whole and in binary mode")
            }
            Self::KeyUnderOtherPassphrase => f.write_str(
                "opens, but its key is under a passphrase of its own: export it anew under one \
                 passphrase",
            ),
            Self::NoSuchName => f.write_str(
                "has no key of that friendly name: `openssl pkcs12 -in FILE -info -nokeys` lists \
                 the names",
            ),
            Self::PublicKeyMode => f.write_str(
                "is protected by a public key in place of a passphrase, which is not supported: \
                 export it anew under a passphrase",
            ),
            Self::SeveralKeys { count } => write!(
                f,
                "holds {count} keys that can be used: say which one is meant by its friendly name, \
                 `openssl pkcs12 -in FILE -info -nokeys` lists the names, or leave only that one"
            ),
            Self::TooDeep => f.write_str("is nested deeper than any tool does it: is it genuine?"),
            Self::TooManyParts { limit } => {
                write!(
                    f,
                    "has more than {limit} parts: is it a store of root certificates?"
                )
            }
            Self::UnsupportedEncryption { oid, name } => {
                let name = name.unwrap_or("an unknown algorithm");
                write!(f, "has a part encrypted with {name}")?;
                if let Some(oid) = oid {
                    write!(f, " ({oid})")?;
                }
                write!(f, ", which is not supported: {ANEW}")
            }
            Self::UnsupportedMac { oid, name } => {
                let name = name.unwrap_or("an unknown MAC");
                write!(
                    f,
                    "is authenticated with {name} ({oid}), which is not supported: {ANEW}"
                )
            }
        }
    }
}

/// Opens what `openssl` knows, and writes it as it is read here.
const ANEW: &str = "convert it with `openssl pkcs12 -legacy -in FILE -out all.pem`, which asks for \
                    the passphrases, and give `all.pem` as certificate and as key";
