//! Files of other programs, by the bytes with which they begin.
//!
//! Leaves out PEM and ASN.1.

use crate::format::Format;

/// Returns the format of a binary file.
pub(super) fn by_beginning(input: &[u8]) -> Option<Format> {
    let known = BEGINNINGS
        .iter()
        .find(|(beginning, _)| input.starts_with(beginning));
    let is_tar = || input.get(257..262) == Some(b"ustar");
    match known {
        Some((_, format)) => Some(*format),
        None if is_tar() => Some(Format::Archive),
        None => is_openpgp(input).then_some(Format::OpenPgp),
    }
}

/// Returns the format of a text; space around it is taken off.
pub(super) fn by_text(text: &[u8]) -> Option<Format> {
    let known = TEXTS
        .iter()
        .find(|(beginning, _)| text.starts_with(beginning));
    let contains = |word: &[u8]| text.windows(word.len()).any(|window| window == word);
    match known {
        Some((_, format)) => Some(*format),
        None if text.starts_with(b"{") && contains(b"\"kty\"") => Some(Format::Jwk),
        None => None,
    }
}

/// Returns a packet of a kind with which such files begin, and a version that it has
/// ([RFC 9580, section 4.2]).
///
/// [RFC 9580, section 4.2]: https://www.rfc-editor.org/rfc/rfc9580#section-4.2
fn is_openpgp(input: &[u8]) -> bool {
    let (kind, version) = match input {
        // The older form: the length of the length is in the last two bits.
        [head @ 0x80..=0xBF, rest @ ..] => {
            let length = [1, 2, 4].get(usize::from(head & 3));
            (
                (head >> 2) & 0x0F,
                length.and_then(|length| rest.get(*length)),
            )
        }
        [head @ 0xC0..=0xFF, 0..=191, version, ..] => (head & 0x3F, Some(version)),
        [head @ 0xC0..=0xFF, 192..=223, _, version, ..] => (head & 0x3F, Some(version)),
        [head @ 0xC0..=0xFF, 255, _, _, _, _, version, ..] => (head & 0x3F, Some(version)),
        _ => return false,
    };
    match (kind, version) {
        // Encrypted to a key, or under a passphrase.
        (1, Some(3 | 6)) | (3, Some(4..=6)) => true,
        // A secret or a public key.
        (5 | 6, Some(3..=6)) => true,
        _ => false,
    }
}

const BEGINNINGS: &[(&[u8], Format)] = &[
    (&[0xFE, 0xED, 0xFE, 0xED], Format::JavaKeyStore),
    (&[0xCE, 0xCE, 0xCE, 0xCE], Format::JavaKeyStore),
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),     // empty
    (b"PK\x07\x08", Format::Zip),     // split
    (&[0x1F, 0x8B, 8], Format::Gzip), // RFC 1952, section 2.3.1
    (b"7z\xBC\xAF\x27\x1C", Format::Archive),
    (b"Rar!\x1A\x07", Format::Archive),
    (b"BZh", Format::Archive),
    (&[0xFD, b'7', b'z', b'X', b'Z', 0], Format::Archive),
    (&[0x28, 0xB5, 0x2F, 0xFD], Format::Archive), // zstd
    (b"Salted__", Format::EncryptedFile),         // openssl enc
    (b"age-encryption.org/", Format::EncryptedFile),
    (b"openssh-key-v1\0", Format::OpenSshKey),
    (&[0x1E, 0xF1, 0xB5, 0xB0], Format::MicrosoftKey), // .pvk
    // `PRIVATEKEYBLOB` and `PUBLICKEYBLOB`, version 2, with an RSA algorithm.
    (&[0x07, 0x02, 0, 0, 0, 0x24, 0, 0], Format::MicrosoftKey),
    (&[0x07, 0x02, 0, 0, 0, 0xA4, 0, 0], Format::MicrosoftKey),
    (&[0x06, 0x02, 0, 0, 0, 0x24, 0, 0], Format::PublicKey),
    (&[0x06, 0x02, 0, 0, 0, 0xA4, 0, 0], Format::PublicKey),
];

const TEXTS: &[(&[u8], Format)] = &[
    (b"PuTTY-User-Key-File-", Format::PuttyKey),
    (b"LS0tLS1CRUdJT", Format::Base64OfPem), // `-----BEGIN`
    (b"$ANSIBLE_VAULT;", Format::EncryptedFile),
    (b"age-encryption.org/", Format::EncryptedFile),
    (b"---- BEGIN SSH2 PUBLIC KEY", Format::PublicKey),
    (b"ssh-rsa ", Format::PublicKey),
    (b"ssh-ed25519 ", Format::PublicKey),
    (b"ssh-dss ", Format::PublicKey),
    (b"ecdsa-sha2-nistp", Format::PublicKey),
    (b"sk-ssh-ed25519", Format::PublicKey),
    (b"sk-ecdsa-sha2", Format::PublicKey),
];
