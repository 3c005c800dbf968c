//! The bytes that a passphrase is to a store.
//!
//! The key derivation of PKCS#12 takes a `BMPString` with a terminator ([RFC 7292, appendix B.1]),
//! PBES2 and PBMAC1 take the bytes as they are. That leaves room: a store without a passphrase has
//! been written in three ways, and OpenSSL before 1.1 took each byte of UTF-8 for a character.
//! Characters beyond the Basic Multilingual Plane, which a `BMPString` lacks, are two surrogates,
//! as for OpenSSL, Java, Windows and Python. Leaves out where a passphrase comes from.
//!
//! [RFC 7292, appendix B.1]: https://www.rfc-editor.org/rfc/rfc7292#appendix-B.1

use zeroize::Zeroizing;

use crate::encrypted_key::bmp_string;
use crate::secret_note::SecretNote;

/// One spelling of a passphrase, for both families of key derivation.
pub(crate) struct Spelling {
    /// For PBES2 and PBMAC1.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// For the key derivation of PKCS#12.
    pub(super) bmp: Zeroizing<Vec<u8>>,
    /// The note to report if this is the right one.
    pub(super) note: Option<SecretNote>,
}

impl Spelling {
    /// Returns every spelling, the one of the standard first.
    pub(crate) fn all(passphrase: &[u8]) -> Vec<Self> {
        if passphrase.is_empty() {
            return EMPTY
                .iter()
                .map(|(note, bytes, bmp)| Self::new(bytes, bmp.to_vec().into(), Some(*note)))
                .collect();
        }
        let mut all = vec![Self::new(passphrase, bmp_string(passphrase), None)];
        if !passphrase.is_ascii() && std::str::from_utf8(passphrase).is_ok() {
            let note = Some(SecretNote::BytesAsCharacters);
            all.push(Self::new(passphrase, bytes_as_characters(passphrase), note));
        }
        all
    }

    fn new(bytes: &[u8], bmp: Zeroizing<Vec<u8>>, note: Option<SecretNote>) -> Self {
        Self {
            bytes: Zeroizing::new(bytes.to_vec()),
            bmp,
            note,
        }
    }
}

/// Returns what OpenSSL before 1.1 made of a passphrase that is not ASCII.
fn bytes_as_characters(passphrase: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut bmp = Zeroizing::new(Vec::with_capacity(2 * passphrase.len() + 2));
    bmp.extend(passphrase.iter().flat_map(|byte| [0, *byte]));
    bmp.extend([0, 0]);
    bmp
}

/// The passphrases of those who gave none: for PBES2, then for PKCS#12.
const EMPTY: [(SecretNote, &[u8], &[u8]); 3] = [
    (SecretNote::Empty, &[], &[0, 0]),
    (SecretNote::Absent, &[], &[]),
    (SecretNote::ZeroCharacter, &[0, 0], &[0, 0, 0, 0]),
];
