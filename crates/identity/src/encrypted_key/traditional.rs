//! The encryption of PEM blocks that OpenSSL calls traditional.
//!
//! The headers are those of [RFC 1421, section 4.6]; the key derivation is OpenSSL's own
//! (`EVP_BytesToKey` with MD5, one iteration, the vector's first eight bytes as salt). Leaves out
//! the single DES and RC2 of old, which are named in the error.
//!
//! [RFC 1421, section 4.6]: https://www.rfc-editor.org/rfc/rfc1421#section-4.6

use md5::{Digest, Md5};
use zeroize::Zeroizing;

use crate::algorithm::unsupported_dek;
use crate::encrypted_key::envelope::EncryptedKey;
use crate::encryption::{Cipher, Encryption};
use crate::error::Error;
use crate::pem::DekInfo;

/// Reads the header of a block whose body is `data`.
pub(super) fn read<'a>(header: &'a DekInfo, data: &'a [u8]) -> Result<EncryptedKey<'a>, Error> {
    let cipher = match header.algorithm.as_str() {
        "AES-128-CBC" => Cipher::Aes128Cbc,
        "AES-192-CBC" => Cipher::Aes192Cbc,
        "AES-256-CBC" => Cipher::Aes256Cbc,
        "DES-EDE3-CBC" => Cipher::DesEde3Cbc,
        other => return Err(unsupported_dek(other)),
    };
    let vector = header.initialization_vector.as_slice();
    let salt = vector.get(..SALT).ok_or(Error::KeyDamaged)?;
    EncryptedKey::new(Encryption::Traditional { cipher }, salt, vector, data)
}

/// Fills `key` with digests, each of the one before it, the passphrase and the salt.
pub(super) fn derive(passphrase: &[u8], salt: &[u8], key: &mut [u8]) {
    let mut digest = Zeroizing::new([0; DIGEST]);
    let mut before = 0; // the first has none before it
    for chunk in key.chunks_mut(DIGEST) {
        Md5::new()
            .chain_update(digest.get(..before).unwrap_or_default())
            .chain_update(passphrase)
            .chain_update(salt)
            .finalize_into((&mut *digest).into());
        before = DIGEST;
        chunk
            .iter_mut()
            .zip(digest.iter())
            .for_each(|(to, from)| *to = *from);
    }
}

/// Bytes of salt.
const SALT: usize = 8;
/// Bytes in a digest of MD5.
const DIGEST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    // `openssl enc -aes-256-cbc -md md5 -P -k smeg -S 0A58CF64530D823F` prints this key.
    #[test]
    fn the_key_is_that_of_openssl() {
        let salt = [0x0A, 0x58, 0xCF, 0x64, 0x53, 0x0D, 0x82, 0x3F];
        let mut key = [0; 32];
        derive(b"smeg", &salt, &mut key);
        let shown: String = key.iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(shown, KEY_OF_OPENSSL);
    }

    const KEY_OF_OPENSSL: &str = "10D4818E7CF3AD803B229F2628115A78BB69AD524E513476224EA21DAF19EED0";

    fn header(algorithm: &str, vector: usize) -> DekInfo {
        DekInfo {
            algorithm: algorithm.to_owned(),
            initialization_vector: vec![7; vector],
        }
    }

    #[test]
    fn vector_and_data_must_fit_the_cipher() {
        let verdict = |algorithm, vector, data: usize| {
            read(&header(algorithm, vector), &vec![0; data]).map(|key| key.encryption.cipher())
        };
        assert!(matches!(
            verdict("AES-128-CBC", 16, 32),
            Ok(Cipher::Aes128Cbc)
        ));
        assert!(matches!(
            verdict("DES-EDE3-CBC", 8, 24),
            Ok(Cipher::DesEde3Cbc)
        ));
        for (algorithm, vector, data) in [
            ("AES-128-CBC", 15, 32),
            ("AES-128-CBC", 17, 32),
            ("AES-128-CBC", 16, 31),
            ("AES-128-CBC", 16, 0),
            ("DES-EDE3-CBC", 16, 24),
            ("DES-EDE3-CBC", 7, 24),
            ("DES-EDE3-CBC", 0, 24),
        ] {
            let verdict = verdict(algorithm, vector, data);
            assert!(matches!(verdict, Err(Error::KeyDamaged)), "{algorithm}");
        }
    }

    #[test]
    fn other_ciphers_are_named_and_unknown_ones_are_not_quoted() {
        let Err(Error::UnsupportedEncryption { oid, name }) = read(&header("DES-CBC", 8), &[0; 8])
        else {
            panic!("not refused")
        };
        assert_eq!((oid, name), (None, Some("DES-CBC")));
        let unknown = header("MIIEvQIBADANBgkq", 8);
        let Err(Error::UnsupportedEncryption { oid, name }) = read(&unknown, &[0; 8]) else {
            panic!("not refused")
        };
        assert_eq!((oid, name), (None, None));
    }
}
