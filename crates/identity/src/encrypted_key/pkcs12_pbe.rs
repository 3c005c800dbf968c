//! The key derivation of PKCS#12 ([RFC 7292, appendix B]), for ciphers and for the MAC of a store.
//!
//! What `openssl pkcs8 -v1 PBE-SHA1-3DES` and old Windows and Java write. Ciphers know it with
//! SHA-1 alone, a MAC with every hash function. Leaves out the ciphers themselves.
//!
//! [RFC 7292, appendix B]: https://www.rfc-editor.org/rfc/rfc7292#appendix-B

use sha1::Sha1;
use sha2::digest::Digest;
use sha2::digest::block_api::BlockSizeUser;
use sha2::digest::typenum::Unsigned;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::encryption::Prf;

/// Returns the passphrase as two-byte characters, the highest byte first, with two zero bytes at
/// the end ([RFC 7292, appendix B.1]).
///
/// Text is taken as UTF-8, anything else byte by byte, as OpenSSL does.
///
/// [RFC 7292, appendix B.1]: https://www.rfc-editor.org/rfc/rfc7292#appendix-B.1
pub(crate) fn bmp_string(passphrase: &[u8]) -> Zeroizing<Vec<u8>> {
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
    derive::<Sha1>(KEY_MATERIAL, password, salt, iterations, key);
}

/// Fills the initialization vector.
pub(super) fn derive_vector(password: &[u8], salt: &[u8], iterations: u64, vector: &mut [u8]) {
    derive::<Sha1>(INITIAL_VALUE, password, salt, iterations, vector);
}

/// Fills the key of a MAC, which is derived with the hash function that the MAC has.
pub(crate) fn derive_mac_key(
    hash: Prf,
    password: &[u8],
    salt: &[u8],
    iterations: u64,
    key: &mut [u8],
) {
    let derive = match hash {
        Prf::HmacSha1 => derive::<Sha1>,
        Prf::HmacSha224 => derive::<Sha224>,
        Prf::HmacSha256 => derive::<Sha256>,
        Prf::HmacSha384 => derive::<Sha384>,
        Prf::HmacSha512 => derive::<Sha512>,
    };
    derive(INTEGRITY, password, salt, iterations, key);
}

/// Returns the algorithm of [RFC 7292, appendix B.2], its names kept.
///
/// [RFC 7292, appendix B.2]: https://www.rfc-editor.org/rfc/rfc7292#appendix-B.2
fn derive<H: Digest + BlockSizeUser>(
    id: u8,
    password: &[u8],
    salt: &[u8],
    iterations: u64,
    output: &mut [u8],
) {
    let v = H::BlockSize::USIZE;
    let whole_blocks = |string: &[u8]| string.len().next_multiple_of(v);
    let d = vec![id; v];
    let mut i = Zeroizing::new(Vec::with_capacity(
        whole_blocks(salt) + whole_blocks(password),
    ));
    i.extend(salt.iter().cycle().take(whole_blocks(salt)));
    i.extend(password.iter().cycle().take(whole_blocks(password)));
    let u = H::OutputSize::USIZE;
    for chunk in output.chunks_mut(u) {
        let mut a = Zeroizing::new(vec![0; u]);
        let first = H::new().chain_update(&d).chain_update(&*i);
        a.copy_from_slice(&first.finalize());
        for _ in 1..iterations {
            let next = H::new_with_prefix(&*a);
            a.copy_from_slice(&next.finalize());
        }
        chunk
            .iter_mut()
            .zip(a.iter())
            .for_each(|(to, from)| *to = *from);
        i.chunks_mut(v).for_each(|block| add_with_one(block, &a));
    }
}

/// Computes `I_j = (I_j + B + 1) mod 2^(8 v)`, where B is A repeated.
fn add_with_one(block: &mut [u8], a: &[u8]) {
    let mut b = Zeroizing::new(vec![0; block.len()]);
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

/// The diversifier for keys ([RFC 7292, appendix
/// B.3](https://www.rfc-editor.org/rfc/rfc7292#appendix-B.3)).
const KEY_MATERIAL: u8 = 1;
/// The diversifier for initialization vectors.
const INITIAL_VALUE: u8 = 2;
/// The diversifier for keys of a MAC.
const INTEGRITY: u8 = 3;

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
