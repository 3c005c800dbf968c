//! The key derivation of PKCS#12 ([RFC 7292, appendix B]) with SHA-1.
//!
//! What `openssl pkcs8 -v1 PBE-SHA1-3DES` and old Windows and Java write. Leaves out the ciphers
//! RC2 and RC4 of the same family.
//!
//! [RFC 7292, appendix B]: https://www.rfc-editor.org/rfc/rfc7292#appendix-B

use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

/// Returns the passphrase as two-byte characters, the highest byte first, with two zero bytes at
/// the end ([RFC 7292, appendix B.1]).
///
/// Text is taken as UTF-8, anything else byte by byte, as OpenSSL does.
///
/// [RFC 7292, appendix B.1]: https://www.rfc-editor.org/rfc/rfc7292#appendix-B.1
pub(super) fn bmp_string(passphrase: &[u8]) -> Zeroizing<Vec<u8>> {
    // Room for everything at once: a buffer that grows leaves copies behind.
    let mut password = Zeroizing::new(Vec::with_capacity(2 * passphrase.len() + 2));
    match std::str::from_utf8(passphrase) {
        Ok(text) => password.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
        Err(_) => password.extend(passphrase.iter().flat_map(|byte| [0, *byte])),
    }
    password.extend([0, 0]);
    password
}

/// Fills the key of the cipher.
pub(super) fn derive_key(password: &[u8], salt: &[u8], iterations: u64, key: &mut [u8]) {
    derive(KEY_MATERIAL, password, salt, iterations, key);
}

/// Fills the initialization vector.
pub(super) fn derive_vector(password: &[u8], salt: &[u8], iterations: u64, vector: &mut [u8]) {
    derive(INITIAL_VALUE, password, salt, iterations, vector);
}

/// Returns the algorithm of [RFC 7292, appendix B.2], its names kept.
///
/// [RFC 7292, appendix B.2]: https://www.rfc-editor.org/rfc/rfc7292#appendix-B.2
fn derive(id: u8, password: &[u8], salt: &[u8], iterations: u64, output: &mut [u8]) {
    let d = [id; V];
    let mut i = Zeroizing::new(Vec::with_capacity(
        whole_blocks(salt) + whole_blocks(password),
    ));
    i.extend(salt.iter().cycle().take(whole_blocks(salt)));
    i.extend(password.iter().cycle().take(whole_blocks(password)));
    for chunk in output.chunks_mut(U) {
        let mut a = Zeroizing::new([0; U]);
        let first = Sha1::new().chain_update(d).chain_update(&*i);
        first.finalize_into((&mut *a).into());
        for _ in 1..iterations {
            let next = Sha1::new_with_prefix(*a);
            next.finalize_into((&mut *a).into());
        }
        chunk.iter_mut().zip(*a).for_each(|(to, from)| *to = from);
        i.chunks_mut(V).for_each(|block| add_with_one(block, &a));
    }
}

/// Returns the length of a string repeated until it fills whole blocks.
const fn whole_blocks(string: &[u8]) -> usize {
    string.len().next_multiple_of(V)
}

/// Computes `I_j = (I_j + B + 1) mod 2^(8 v)`, where B is A repeated.
fn add_with_one(block: &mut [u8], a: &[u8; U]) {
    let mut b = Zeroizing::new([0; V]);
    b.iter_mut()
        .zip(a.iter().cycle())
        .for_each(|(to, from)| *to = *from);
    let mut carry = 1;
    for (digit, addend) in block.iter_mut().zip(b.iter()).rev() {
        let sum = u16::from(*digit) + u16::from(*addend) + carry;
        let [high, low] = sum.to_be_bytes();
        *digit = low;
        carry = high.into();
    }
}

/// Bytes in a block of SHA-1.
const V: usize = 64;
/// Bytes in a digest of SHA-1.
const U: usize = 20;
/// The diversifier for keys ([RFC 7292, appendix
/// B.3](https://www.rfc-editor.org/rfc/rfc7292#appendix-B.3)).
const KEY_MATERIAL: u8 = 1;
/// The diversifier for initialization vectors.
const INITIAL_VALUE: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    // Of the test program of `openssl kdf`:
    // `openssl kdf -keylen 24 -kdfopt digest:SHA1 -kdfopt hexpass:0073006D006500670000
    // -kdfopt hexsalt:0A58CF64530D823F -kdfopt id:1 -kdfopt iter:1 PKCS12KDF`.
    #[test]
    fn the_key_is_that_of_openssl() {
        let password = bmp_string(b"smeg");
        assert_eq!(*password, hex("0073006D006500670000"));
        let mut key = [0; 24];
        derive_key(&password, &hex("0A58CF64530D823F"), 1, &mut key);
        assert_eq!(
            key.to_vec(),
            hex("8AAAE6297B6CB04642AB5B077851284EB7128F1A2A7FBCA3")
        );
    }

    #[test]
    fn the_vector_is_that_of_openssl() {
        let mut vector = [0; 8];
        let password = bmp_string(b"smeg");
        derive_vector(&password, &hex("0A58CF64530D823F"), 1, &mut vector);
        assert_eq!(vector.to_vec(), hex("79993DFE048D3B76"));
    }

    #[test]
    fn a_passphrase_is_utf_8_or_else_bytes() {
        assert_eq!(*bmp_string("é😀".as_bytes()), hex("00E9D83DDE000000"));
        assert_eq!(*bmp_string(b"\xE9"), hex("00E90000"));
        assert_eq!(*bmp_string(b""), hex("0000"));
    }

    fn hex(digits: &str) -> Vec<u8> {
        let pair = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        (0..digits.len()).step_by(2).map(pair).collect()
    }
}
