//! Encryption of keys, written for the tests: what a file under it looks like.
//!
//! PBES2 comes from the crate `pkcs5` where that can write it, else from DER made here; the other
//! two schemes are made here from their definitions (RFC 7292, appendix B, and OpenSSL's
//! `EVP_BytesToKey`), as slow and plain as they come.

use aes::{Aes128, Aes192, Aes256};
use base64ct::{Base64, Encoding};
use cbc::Encryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use crypto_bigint::U512;
use der::Encode;
use des::TdesEde3;
use md5::Md5;
use pbkdf2::pbkdf2_hmac;
use pkcs5::pbes2;
use sha1::{Digest, Sha1};
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::asn1::{NULL, identifier, integer, octets, sequence};

/// The encryption of a file.
#[derive(Clone, Debug)]
pub(crate) enum Protection {
    None,
    Pbes2 {
        cipher: Cipher,
        derivation: Derivation,
        states_key_length: bool,
        salt: Vec<u8>,
        vector: [u8; 16],
    },
    Pkcs12 {
        iterations: u32,
        salt: Vec<u8>,
    },
    Traditional {
        cipher: Cipher,
        vector: [u8; 16],
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    TripleDes,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Derivation {
    Pbkdf2 {
        prf: Prf,
        iterations: u32,
        spelling: PrfSpelling,
    },
    Scrypt {
        log_n: u8,
        r: u16,
        p: u16,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Prf {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// The pseudo-random function in the parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PrfSpelling {
    /// Not at all, which means SHA-1.
    Absent,
    /// As `pkcs5` writes it, if it can.
    Library,
    /// By hand with its NULL.
    Null,
    /// Without the NULL that belongs there.
    NoNull,
}

/// A key file: PEM, or DER if there are no headers.
pub(crate) struct File {
    pub(crate) label: &'static str,
    pub(crate) headers: String,
    pub(crate) der: Vec<u8>,
}

impl File {
    pub(crate) fn pem(&self, columns: usize) -> String {
        let body = Base64::encode_string(&self.der);
        let lines: Vec<&str> = body
            .as_bytes()
            .chunks(columns)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(
            "-----BEGIN {0}-----\n{1}{2}\n-----END {0}-----\n",
            self.label,
            self.headers,
            lines.join("\n")
        )
    }
}

impl Protection {
    /// Returns the file that holds `key`, which has this label when it is not encrypted.
    pub(crate) fn write(&self, label: &'static str, key: &[u8], passphrase: &[u8]) -> File {
        let pkcs8 = |der| File {
            label: "ENCRYPTED PRIVATE KEY",
            headers: String::new(),
            der,
        };
        match self {
            Self::None => File {
                label,
                headers: String::new(),
                der: key.to_vec(),
            },
            Self::Pbes2 {
                cipher,
                derivation,
                states_key_length,
                salt,
                vector,
            } => {
                let key_length = states_key_length.then(|| cipher.key_length());
                let vector = &vector[..cipher.block_length()];
                let library = derivation.for_library(salt, key_length);
                pkcs8(match library {
                    Some(kdf) => with_library(kdf, *cipher, vector, key, passphrase),
                    None => {
                        let scheme = derivation.scheme(salt, key_length);
                        let secret = derivation.key(salt, passphrase, cipher.key_length());
                        encrypted_private_key_info(
                            &pbes2_scheme(&scheme, cipher.oid(), vector),
                            &cipher.encrypt(&secret, vector, key),
                        )
                    }
                })
            }
            Self::Pkcs12 { iterations, salt } => {
                let password = bmp_string(passphrase);
                let secret = pkcs12_kdf(1, &password, salt, *iterations, 24);
                let vector = pkcs12_kdf(2, &password, salt, *iterations, 8);
                pkcs8(encrypted_private_key_info(
                    &pkcs12_scheme(salt, &integer((*iterations).into())),
                    &Cipher::TripleDes.encrypt(&secret, &vector, key),
                ))
            }
            Self::Traditional { cipher, vector } => {
                let vector = &vector[..cipher.block_length()];
                let secret = bytes_to_key(passphrase, &vector[..8], cipher.key_length());
                let shown: String = vector.iter().map(|byte| format!("{byte:02X}")).collect();
                let dek = format!("DEK-Info: {},{shown}\n\n", cipher.dek());
                File {
                    label,
                    headers: format!("Proc-Type: 4,ENCRYPTED\n{dek}"),
                    der: cipher.encrypt(&secret, vector, key),
                }
            }
        }
    }
}

impl Cipher {
    pub(crate) const ALL: [Self; 4] = [Self::Aes128, Self::Aes192, Self::Aes256, Self::TripleDes];

    fn key_length(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 | Self::TripleDes => 24,
            Self::Aes256 => 32,
        }
    }

    fn block_length(self) -> usize {
        match self {
            Self::TripleDes => 8,
            _ => 16,
        }
    }

    pub(crate) fn oid(self) -> &'static str {
        match self {
            Self::Aes128 => "2.16.840.1.101.3.4.1.2",
            Self::Aes192 => "2.16.840.1.101.3.4.1.22",
            Self::Aes256 => "2.16.840.1.101.3.4.1.42",
            Self::TripleDes => "1.2.840.113549.3.7",
        }
    }

    fn dek(self) -> &'static str {
        match self {
            Self::Aes128 => "AES-128-CBC",
            Self::Aes192 => "AES-192-CBC",
            Self::Aes256 => "AES-256-CBC",
            Self::TripleDes => "DES-EDE3-CBC",
        }
    }

    fn encrypt(self, key: &[u8], vector: &[u8], plaintext: &[u8]) -> Vec<u8> {
        fn with<C>(key: &[u8], vector: &[u8], plaintext: &[u8]) -> Vec<u8>
        where
            Encryptor<C>: KeyIvInit + BlockModeEncrypt,
            C: cbc::cipher::BlockCipherEncrypt,
        {
            let encryptor = Encryptor::<C>::new_from_slices(key, vector).unwrap();
            encryptor.encrypt_padded_vec::<Pkcs7>(plaintext)
        }
        match self {
            Self::Aes128 => with::<Aes128>(key, vector, plaintext),
            Self::Aes192 => with::<Aes192>(key, vector, plaintext),
            Self::Aes256 => with::<Aes256>(key, vector, plaintext),
            Self::TripleDes => with::<TdesEde3>(key, vector, plaintext),
        }
    }
}

impl Derivation {
    /// Returns the parameters of `pkcs5`, if it can write them.
    fn for_library(self, salt: &[u8], key_length: Option<usize>) -> Option<pbes2::Kdf> {
        if salt.len() > pbes2::Salt::MAX_LEN {
            return None;
        }
        let salt = pbes2::Salt::new(salt).unwrap();
        let key_length = key_length.map(|it| it.try_into().unwrap());
        match self {
            Self::Pbkdf2 {
                prf,
                iterations,
                spelling: PrfSpelling::Library,
            } => Some(pbes2::Kdf::Pbkdf2(pbes2::Pbkdf2Params {
                salt,
                iteration_count: iterations,
                key_length,
                prf: prf.for_library(),
            })),
            Self::Pbkdf2 { .. } => None,
            Self::Scrypt { log_n, r, p } => Some(pbes2::Kdf::Scrypt(pbes2::ScryptParams {
                salt,
                cost_parameter: 1 << log_n,
                block_size: r,
                parallelization: p,
                key_length,
            })),
        }
    }

    /// Returns the `keyDerivationFunc`.
    fn scheme(self, salt: &[u8], key_length: Option<usize>) -> Vec<u8> {
        match self {
            Self::Pbkdf2 {
                prf,
                iterations,
                spelling,
            } => {
                let prf = match spelling {
                    PrfSpelling::Absent => Vec::new(),
                    PrfSpelling::NoNull => sequence(&[&identifier(prf.oid())]),
                    _ => sequence(&[&identifier(prf.oid()), NULL]),
                };
                pbkdf2_scheme(salt, &integer(iterations.into()), key_length, &prf)
            }
            Self::Scrypt { log_n, r, p } => scrypt_scheme(
                salt,
                [&integer(1 << log_n), &integer(r.into()), &integer(p.into())],
                key_length,
            ),
        }
    }

    fn key(self, salt: &[u8], passphrase: &[u8], length: usize) -> Vec<u8> {
        let mut key = vec![0; length];
        match self {
            Self::Pbkdf2 {
                prf, iterations, ..
            } => {
                let pbkdf2 = match prf {
                    Prf::Sha1 => pbkdf2_hmac::<Sha1>,
                    Prf::Sha224 => pbkdf2_hmac::<Sha224>,
                    Prf::Sha256 => pbkdf2_hmac::<Sha256>,
                    Prf::Sha384 => pbkdf2_hmac::<Sha384>,
                    Prf::Sha512 => pbkdf2_hmac::<Sha512>,
                };
                pbkdf2(passphrase, salt, iterations, &mut key);
            }
            Self::Scrypt { log_n, r, p } => {
                let params = scrypt::Params::new(log_n, r.into(), p.into()).unwrap();
                scrypt::scrypt(passphrase, salt, &params, &mut key).unwrap();
            }
        }
        key
    }
}

impl Prf {
    pub(crate) const ALL: [Self; 5] = [
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
    ];

    fn oid(self) -> &'static str {
        match self {
            Self::Sha1 => "1.2.840.113549.2.7",
            Self::Sha224 => "1.2.840.113549.2.8",
            Self::Sha256 => "1.2.840.113549.2.9",
            Self::Sha384 => "1.2.840.113549.2.10",
            Self::Sha512 => "1.2.840.113549.2.11",
        }
    }

    fn for_library(self) -> pbes2::Pbkdf2Prf {
        match self {
            Self::Sha1 => pbes2::Pbkdf2Prf::HmacWithSha1,
            Self::Sha224 => pbes2::Pbkdf2Prf::HmacWithSha224,
            Self::Sha256 => pbes2::Pbkdf2Prf::HmacWithSha256,
            Self::Sha384 => pbes2::Pbkdf2Prf::HmacWithSha384,
            Self::Sha512 => pbes2::Pbkdf2Prf::HmacWithSha512,
        }
    }
}

fn with_library(
    kdf: pbes2::Kdf,
    cipher: Cipher,
    vector: &[u8],
    key: &[u8],
    passphrase: &[u8],
) -> Vec<u8> {
    let iv = || vector.try_into().unwrap();
    let encryption = match cipher {
        Cipher::Aes128 => pbes2::EncryptionScheme::Aes128Cbc { iv: iv() },
        Cipher::Aes192 => pbes2::EncryptionScheme::Aes192Cbc { iv: iv() },
        Cipher::Aes256 => pbes2::EncryptionScheme::Aes256Cbc { iv: iv() },
        Cipher::TripleDes => pbes2::EncryptionScheme::DesEde3Cbc {
            iv: vector.try_into().unwrap(),
        },
    };
    let parameters = pbes2::Parameters { kdf, encryption };
    let data = parameters.encrypt(passphrase, key).unwrap();
    let scheme = pkcs5::EncryptionScheme::Pbes2(parameters);
    encrypted_private_key_info(&scheme.to_der().unwrap(), &data)
}

/// Encodes `EncryptedPrivateKeyInfo` (RFC 5958, section 3).
pub(crate) fn encrypted_private_key_info(scheme: &[u8], data: &[u8]) -> Vec<u8> {
    sequence(&[scheme, &octets(data)])
}

/// Encodes the scheme PBES2 (RFC 8018, appendix A.4).
pub(crate) fn pbes2_scheme(key_derivation: &[u8], cipher: &str, vector: &[u8]) -> Vec<u8> {
    let cipher = sequence(&[&identifier(cipher), &octets(vector)]);
    let parameters = sequence(&[key_derivation, &cipher]);
    sequence(&[&identifier("1.2.840.113549.1.5.13"), &parameters])
}

/// Encodes PBKDF2 (RFC 8018, appendix A.2); `prf` may be empty.
pub(crate) fn pbkdf2_scheme(
    salt: &[u8],
    iterations: &[u8],
    key_length: Option<usize>,
    prf: &[u8],
) -> Vec<u8> {
    let key_length = key_length.map_or(Vec::new(), |it| integer(it as u64));
    let parameters = sequence(&[&octets(salt), iterations, &key_length, prf]);
    sequence(&[&identifier("1.2.840.113549.1.5.12"), &parameters])
}

/// Encodes scrypt (RFC 7914, section 7); `costs` are N, r and p.
pub(crate) fn scrypt_scheme(salt: &[u8], costs: [&[u8]; 3], key_length: Option<usize>) -> Vec<u8> {
    let key_length = key_length.map_or(Vec::new(), |it| integer(it as u64));
    let parameters = sequence(&[&octets(salt), &costs.concat(), &key_length]);
    sequence(&[&identifier("1.3.6.1.4.1.11591.4.11"), &parameters])
}

/// Returns `pbeWithSHAAnd3-KeyTripleDES-CBC` (RFC 7292, appendix C).
pub(crate) fn pkcs12_scheme(salt: &[u8], iterations: &[u8]) -> Vec<u8> {
    let parameters = sequence(&[&octets(salt), iterations]);
    sequence(&[&identifier("1.2.840.113549.1.12.1.3"), &parameters])
}

/// Encodes a BMPString (RFC 7292, appendix B.1); what is no text is taken as Latin-1, as OpenSSL
/// does.
fn bmp_string(passphrase: &[u8]) -> Vec<u8> {
    let text = match String::from_utf8(passphrase.to_vec()) {
        Ok(text) => text,
        Err(_) => passphrase.iter().map(|byte| char::from(*byte)).collect(),
    };
    let units = text.encode_utf16().chain([0]);
    units.flat_map(u16::to_be_bytes).collect()
}

/// Derives as RFC 7292, appendix B.2, with SHA-1: u is 20 bytes and v is 64.
fn pkcs12_kdf(id: u8, password: &[u8], salt: &[u8], iterations: u32, length: usize) -> Vec<u8> {
    let fill = |text: &[u8]| {
        let whole = text.len().div_ceil(64) * 64;
        (0..whole)
            .map(|at| text[at % text.len()])
            .collect::<Vec<u8>>()
    };
    let mut blocks = [fill(salt), fill(password)].concat();
    let mut output = Vec::new();
    while output.len() < length {
        let mut a = Sha1::digest([&[id; 64][..], &blocks].concat());
        for _ in 1..iterations {
            a = Sha1::digest(a);
        }
        output.extend_from_slice(&a);
        let b: Vec<u8> = (0..64).map(|at| a[at % 20]).collect();
        let b_and_one = U512::from_be_slice(&b).wrapping_add(&U512::ONE);
        blocks = blocks
            .chunks(64)
            .flat_map(|block| {
                let sum = U512::from_be_slice(block).wrapping_add(&b_and_one);
                sum.to_be_bytes().as_ref().to_vec()
            })
            .collect();
    }
    output.truncate(length);
    output
}

/// Derives a key by `EVP_BytesToKey` with MD5 and one iteration.
fn bytes_to_key(passphrase: &[u8], salt: &[u8], length: usize) -> Vec<u8> {
    let mut key = Vec::new();
    let mut last = Vec::new();
    while key.len() < length {
        last = Md5::digest([&last[..], passphrase, salt].concat()).to_vec();
        key.extend_from_slice(&last);
    }
    key.truncate(length);
    key
}
