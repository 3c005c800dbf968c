//! The block ciphers in CBC mode with padding ([RFC 8018, appendix B.2]).
//!
//! Buffers that ever held plaintext are wiped. Leaves out where key and vector come from.
//!
//! [RFC 8018, appendix B.2]: https://www.rfc-editor.org/rfc/rfc8018#appendix-B.2

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt};
use cbc::cipher::{InnerIvInit, KeyInit};
use cbc::{Decryptor, Encryptor};
use des::TdesEde3;
use rc2::Rc2;
use zeroize::Zeroizing;

use crate::encryption::Cipher;

/// Returns the plaintext; `None` if the padding is wrong or a length is.
pub(super) fn decrypt(
    cipher: Cipher,
    key: &[u8],
    vector: &[u8],
    data: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    match cipher {
        Cipher::Aes128Cbc => decrypt_with::<Aes128>(key, vector, data),
        Cipher::Aes192Cbc => decrypt_with::<Aes192>(key, vector, data),
        Cipher::Aes256Cbc => decrypt_with::<Aes256>(key, vector, data),
        Cipher::DesEde3Cbc => decrypt_with::<TdesEde3>(key, vector, data),
        Cipher::Rc2Cbc40 => decrypt_with::<Rc2>(key, vector, data),
    }
}

fn decrypt_with<C: BlockCipherDecrypt + KeyInit>(
    key: &[u8],
    vector: &[u8],
    data: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = C::new_from_slice(key).ok()?;
    let decryptor = Decryptor::inner_iv_slice_init(cipher, vector).ok()?;
    let mut buffer = Zeroizing::new(data.to_vec());
    let length = decryptor.decrypt_padded::<Pkcs7>(&mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

/// Returns the ciphertext under AES-256; `None` if a length is wrong.
pub(super) fn encrypt(key: &[u8], vector: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
    encrypt_with::<Aes256>(key, vector, plaintext)
}

/// Returns the ciphertext under 3DES; `None` if a length is wrong.
pub(super) fn encrypt_legacy(key: &[u8], vector: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
    encrypt_with::<TdesEde3>(key, vector, plaintext)
}

fn encrypt_with<C: BlockCipherEncrypt + KeyInit>(
    key: &[u8],
    vector: &[u8],
    plaintext: &[u8],
) -> Option<Vec<u8>> {
    let cipher = C::new_from_slice(key).ok()?;
    let encryptor = Encryptor::inner_iv_slice_init(cipher, vector).ok()?;
    Some(encryptor.encrypt_padded_vec::<Pkcs7>(plaintext))
}
