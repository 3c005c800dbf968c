//! The digest of a message, in the form in which each mechanism of a token takes it.
//!
//! Leaves out padding, which is the token's work.

use identity::SignatureScheme;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Returns the digest by the hash function of the scheme.
pub(crate) fn digest(scheme: SignatureScheme, message: &[u8]) -> Vec<u8> {
    match hash(scheme) {
        Hash::Sha256 => Sha256::digest(message).to_vec(),
        Hash::Sha384 => Sha384::digest(message).to_vec(),
        Hash::Sha512 => Sha512::digest(message).to_vec(),
    }
}

/// Returns the digest as `DigestInfo`, which `CKM_RSA_PKCS` pads ([RFC 8017, section 9.2]).
///
/// [RFC 8017, section 9.2]: https://www.rfc-editor.org/rfc/rfc8017#section-9.2
pub(crate) fn digest_info(scheme: SignatureScheme, message: &[u8]) -> Vec<u8> {
    let digest = digest(scheme, message);
    let (last_of_oid, length) = match hash(scheme) {
        Hash::Sha256 => (1, 32),
        Hash::Sha384 => (2, 48),
        Hash::Sha512 => (3, 64),
    };
    // Notes of the section: these bytes stand in front, of which three depend on the hash.
    let mut info = vec![
        0x30,
        17 + length,
        0x30,
        0x0d,
        0x06,
        0x09,
        0x60,
        0x86,
        0x48,
        0x01,
        0x65,
        0x03,
        0x04,
        0x02,
        last_of_oid,
        0x05,
        0x00,
        0x04,
        length,
    ];
    info.extend(digest);
    info
}

/// A hash function of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// Returns the hash function of a scheme; that of Ed25519 is its own.
pub(crate) const fn hash(scheme: SignatureScheme) -> Hash {
    match scheme {
        SignatureScheme::EcdsaP384Sha384
        | SignatureScheme::RsaPkcs1Sha384
        | SignatureScheme::RsaPssSha384 => Hash::Sha384,
        SignatureScheme::RsaPkcs1Sha512 | SignatureScheme::RsaPssSha512 => Hash::Sha512,
        _ => Hash::Sha256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_info_has_the_bytes_of_the_standard() {
        let info = digest_info(SignatureScheme::RsaPkcs1Sha256, b"");
        // RFC 8017, section 9.2, note 1, and the digest of nothing.
        let prefix = "3031300d060960864801650304020105000420";
        let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let hex: String = info.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, format!("{prefix}{digest}"));
        let prefixes = [
            (
                SignatureScheme::RsaPkcs1Sha384,
                "3041300d060960864801650304020205000430",
            ),
            (
                SignatureScheme::RsaPkcs1Sha512,
                "3051300d060960864801650304020305000440",
            ),
        ];
        for (scheme, prefix) in prefixes {
            let info = digest_info(scheme, b"");
            let hex: String = info.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(hex.starts_with(prefix), "{scheme:?}");
            assert_eq!(info.len(), 19 + digest_length(scheme));
        }
    }

    fn digest_length(scheme: SignatureScheme) -> usize {
        digest(scheme, b"").len()
    }
}
