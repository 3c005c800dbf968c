//! Encryption of a key file: scheme, cipher, and the cost of a passphrase.
//!
//! [RFC 8018], [RFC 7914], [RFC 7292, appendix B] and OpenSSL's traditional form. Facts only;
//! leaves out salts, and the work itself.
//!
//! [RFC 8018]: https://www.rfc-editor.org/rfc/rfc8018#section-6.2
//! [RFC 7914]: https://www.rfc-editor.org/rfc/rfc7914#section-2
//! [RFC 7292, appendix B]: https://www.rfc-editor.org/rfc/rfc7292#appendix-B

use std::fmt;

/// The encryption of a private key, as its file states it.
///
/// Numbers that need more than 64 bits are given as `u64::MAX`. Its `Display` is for a person:
/// `PBES2, DES-EDE3-CBC, PBKDF2 with HMAC-SHA256, 2048 iterations`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "scheme", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Encryption {
    /// PBES2 ([RFC 8018, section 6.2](https://www.rfc-editor.org/rfc/rfc8018#section-6.2)).
    Pbes2 {
        /// The cipher.
        cipher: Cipher,
        /// The function that derives its key from the passphrase.
        key_derivation: KeyDerivation,
    },
    /// `pbeWithSHAAnd3-KeyTripleDES-CBC`
    /// ([RFC 7292, appendix C](https://www.rfc-editor.org/rfc/rfc7292#appendix-C)).
    Pkcs12Pbe {
        /// The number of applications of SHA-1.
        iterations: u64,
    },
    /// `pbeWithSHAAnd40BitRC2-CBC`, which old Windows and Java write around the certificates of a
    /// PKCS#12 store and which protects nothing; a key under it is not opened.
    Pkcs12Rc2 {
        /// The number of applications of SHA-1.
        iterations: u64,
    },
    /// `Proc-Type: 4,ENCRYPTED` as OpenSSL writes it: the key is a single MD5 of passphrase and
    /// salt.
    Traditional {
        /// The cipher.
        cipher: Cipher,
    },
}

/// A block cipher in CBC mode; its `Display` is the name that OpenSSL gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Cipher {
    /// AES with a key of 128 bits.
    Aes128Cbc,
    /// AES with a key of 192 bits.
    Aes192Cbc,
    /// AES with a key of 256 bits.
    Aes256Cbc,
    /// Triple DES with three keys.
    DesEde3Cbc,
    /// RC2 with a key of 40 bits ([RFC 2268](https://www.rfc-editor.org/rfc/rfc2268)).
    Rc2Cbc40,
}

/// A function that makes a key out of a passphrase, with its cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "function", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum KeyDerivation {
    /// [RFC 8018, section 5.2](https://www.rfc-editor.org/rfc/rfc8018#section-5.2).
    Pbkdf2 {
        /// The pseudo-random function.
        prf: Prf,
        /// The number of applications for each block of the key.
        iterations: u64,
    },
    /// [RFC 7914, section 2](https://www.rfc-editor.org/rfc/rfc7914#section-2).
    Scrypt {
        /// The cost N, a power of two.
        n: u64,
        /// The block size r.
        r: u64,
        /// The parallelization p.
        p: u64,
    },
}

/// A pseudo-random function of PBKDF2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Prf {
    /// HMAC with SHA-1, the default of RFC 8018.
    HmacSha1,
    /// HMAC with SHA-224.
    HmacSha224,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-384.
    HmacSha384,
    /// HMAC with SHA-512.
    HmacSha512,
}

impl Cipher {
    /// Returns the length of its key in bytes.
    pub(crate) const fn key_length(self) -> usize {
        match self {
            Self::Aes128Cbc => 16,
            Self::Aes192Cbc | Self::DesEde3Cbc => 24,
            Self::Aes256Cbc => 32,
            Self::Rc2Cbc40 => 5,
        }
    }

    /// Returns the length of a block, and of the initialization vector, in bytes.
    pub(crate) const fn block_length(self) -> usize {
        match self {
            Self::Aes128Cbc | Self::Aes192Cbc | Self::Aes256Cbc => 16,
            Self::DesEde3Cbc | Self::Rc2Cbc40 => 8,
        }
    }
}

impl Encryption {
    /// Returns the cipher that the key is encrypted with.
    #[must_use]
    pub const fn cipher(&self) -> Cipher {
        match self {
            Self::Pbes2 { cipher, .. } | Self::Traditional { cipher } => *cipher,
            Self::Pkcs12Pbe { .. } => Cipher::DesEde3Cbc,
            Self::Pkcs12Rc2 { .. } => Cipher::Rc2Cbc40,
        }
    }
}

impl fmt::Display for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pbes2 {
                cipher,
                key_derivation,
            } => write!(f, "PBES2, {cipher}, {key_derivation}"),
            Self::Pkcs12Pbe { iterations } => {
                write!(f, "PBE-SHA1-3DES (PKCS#12 style), {iterations} iterations")
            }
            Self::Pkcs12Rc2 { iterations } => {
                write!(
                    f,
                    "PBE-SHA1-RC2-40 (PKCS#12 style), {iterations} iterations"
                )
            }
            Self::Traditional { cipher } => write!(f, "OpenSSL's traditional form, {cipher}, MD5"),
        }
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aes128Cbc => "AES-128-CBC",
            Self::Aes192Cbc => "AES-192-CBC",
            Self::Aes256Cbc => "AES-256-CBC",
            Self::DesEde3Cbc => "DES-EDE3-CBC",
            Self::Rc2Cbc40 => "RC2-40-CBC",
        })
    }
}

impl fmt::Display for KeyDerivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pbkdf2 { prf, iterations } => {
                write!(f, "PBKDF2 with {prf}, {iterations} iterations")
            }
            Self::Scrypt { n, r, p } => write!(f, "scrypt with N={n}, r={r}, p={p}"),
        }
    }
}

impl fmt::Display for Prf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha224 => "HMAC-SHA224",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::HmacSha384 => "HMAC-SHA384",
            Self::HmacSha512 => "HMAC-SHA512",
        })
    }
}
