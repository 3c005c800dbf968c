//! Stores put together by hand, of parts that no tool would put together.
//!
//! Everything is AES-256 by PBKDF2 with HMAC-SHA256, and PBMAC1 with the same.

use hmac::{KeyInit, Mac, SimpleHmac};
use identity::{Format, Input, PublicFile};
use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;

use crate::round_trip::asn1::{
    NULL, components, content, element, explicit, identifier, integer, octets, sequence,
};
use crate::round_trip::protection::{
    Cipher, Derivation, Prf, PrfSpelling, Protection, encrypted_private_key_info, pbes2_scheme,
    pbkdf2_scheme,
};
use crate::support::{loader, vector};

/// The iterations of each part.
pub(crate) const ITERATIONS: u32 = 16;

/// Returns a stored key without its passphrase.
pub(crate) fn pkcs8(name: &str) -> Vec<u8> {
    let key = loader().open_key(&vector(name)).unwrap();
    key.secret_pkcs8().secret_pkcs8_der().to_vec()
}

/// Returns the DER of a stored certificate.
pub(crate) fn certificate(name: &str) -> Vec<u8> {
    let file = PublicFile::read(&vector(name), Format::Certificate, Input::File).unwrap();
    let (_, der) = file.parts().next().unwrap();
    der.to_vec()
}

/// Returns a key bag that is not encrypted.
pub(crate) fn key_bag(pkcs8: &[u8], name: Option<&str>) -> Vec<u8> {
    bag("1.2.840.113549.1.12.10.1.1", pkcs8, name)
}

/// Returns a key bag under a passphrase of its own.
pub(crate) fn shrouded_bag(pkcs8: &[u8], passphrase: &str, name: Option<&str>) -> Vec<u8> {
    let info = encrypted_info(pkcs8, passphrase);
    bag("1.2.840.113549.1.12.10.1.2", &info, name)
}

/// Returns a key bag whose encryption asks for that many iterations; nothing is in it.
pub(crate) fn costly_bag(iterations: &[u8]) -> Vec<u8> {
    let prf = sequence(&[&identifier("1.2.840.113549.2.9"), NULL]);
    let kdf = pbkdf2_scheme(SALT, iterations, None, &prf);
    let scheme = pbes2_scheme(&kdf, Cipher::Aes256.oid(), &[7; 16]);
    let info = encrypted_private_key_info(&scheme, &[7; 64]);
    bag("1.2.840.113549.1.12.10.1.2", &info, None)
}

/// Returns a key bag under RC2 with 40 bits, which is not supported; nothing is in it.
pub(crate) fn bag_under_rc2(name: Option<&str>) -> Vec<u8> {
    let parameters = sequence(&[&octets(SALT), &integer(ITERATIONS.into())]);
    let scheme = sequence(&[&identifier("1.2.840.113549.1.12.1.6"), &parameters]);
    let info = sequence(&[&scheme, &octets(&[7; 64])]);
    bag("1.2.840.113549.1.12.10.1.2", &info, name)
}

pub(crate) fn certificate_bag(der: &[u8]) -> Vec<u8> {
    let value = sequence(&[
        &identifier("1.2.840.113549.1.9.22.1"),
        &explicit(0, &octets(der)),
    ]);
    bag("1.2.840.113549.1.12.10.1.3", &value, None)
}

/// Returns a safe inside of a safe.
pub(crate) fn nested_bag(bags: &[u8]) -> Vec<u8> {
    bag("1.2.840.113549.1.12.10.1.6", &sequence(&[bags]), None)
}

/// Returns a safe that is not encrypted.
pub(crate) fn plain_safe(bags: &[u8]) -> Vec<u8> {
    content_info(DATA, &octets(&sequence(&[bags])))
}

pub(crate) fn encrypted_safe(bags: &[u8], passphrase: &str) -> Vec<u8> {
    let info = encrypted_info(&sequence(&[bags]), passphrase);
    let [scheme, data] = components(&info).try_into().unwrap();
    let content = sequence(&[
        &identifier(DATA),
        &scheme,
        // IMPLICIT, of a primitive type.
        &element(0x80, content(&data)),
    ]);
    let data = sequence(&[&integer(0), &content]);
    content_info("1.2.840.113549.1.7.6", &data)
}

/// Returns a store of these safes without a MAC.
pub(crate) fn without_mac(safes: &[u8]) -> Vec<u8> {
    let content = sequence(&[safes]);
    sequence(&[&integer(3), &content_info(DATA, &octets(&content))])
}

/// Returns a store of these safes with a MAC whose key has 32 bytes.
pub(crate) fn store(safes: &[u8], passphrase: &str) -> Vec<u8> {
    with_mac(safes, passphrase, ITERATIONS, 32)
}

/// Returns a store of these safes with a MAC whose key has that many bytes.
pub(crate) fn with_mac(
    safes: &[u8],
    passphrase: &str,
    iterations: u32,
    key_length: usize,
) -> Vec<u8> {
    let content = sequence(&[safes]);
    let mut key = vec![0; key_length];
    pbkdf2_hmac::<Sha256>(passphrase.as_bytes(), SALT, iterations, &mut key);
    let mac = SimpleHmac::<Sha256>::new_from_slice(&key).unwrap();
    let digest = mac.chain_update(&content).finalize().into_bytes();
    let scheme = pbmac1_scheme(&integer(iterations.into()), key_length);
    with_mac_data(safes, &scheme, &digest, &integer(1))
}

/// Returns stores of these safes whose MAC asks for that many iterations, in PBMAC1 and in the
/// derivation of PKCS#12, and is wrong.
pub(crate) fn with_costly_macs(safes: &[u8], iterations: &[u8]) -> [Vec<u8>; 2] {
    let pbmac1 = pbmac1_scheme(iterations, 32);
    let sha256 = sequence(&[&identifier("2.16.840.1.101.3.4.2.1"), NULL]);
    [
        with_mac_data(safes, &pbmac1, &[7; 32], &integer(1)),
        with_mac_data(safes, &sha256, &[7; 32], iterations),
    ]
}

fn pbmac1_scheme(iterations: &[u8], key_length: usize) -> Vec<u8> {
    let hmac = sequence(&[&identifier("1.2.840.113549.2.9"), NULL]);
    let kdf = pbkdf2_scheme(SALT, iterations, Some(key_length), &hmac);
    let parameters = sequence(&[&kdf, &hmac]);
    sequence(&[&identifier("1.2.840.113549.1.5.14"), &parameters])
}

fn with_mac_data(safes: &[u8], scheme: &[u8], digest: &[u8], iterations: &[u8]) -> Vec<u8> {
    let content = content_info(DATA, &octets(&sequence(&[safes])));
    let info = sequence(&[scheme, &octets(digest)]);
    let mac_data = sequence(&[&info, &octets(SALT), iterations]);
    sequence(&[&integer(3), &content, &mac_data])
}

/// Returns an unencrypted key of an algorithm that does not exist.
pub(crate) fn key_of_no_algorithm() -> Vec<u8> {
    let algorithm = sequence(&[&identifier(NO_ALGORITHM)]);
    sequence(&[&integer(0), &algorithm, &octets(&[7; 32])])
}

fn bag(kind: &str, value: &[u8], name: Option<&str>) -> Vec<u8> {
    let name = name.map(|name| {
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let value = element(SET, &element(0x1E, &units));
        let attribute = sequence(&[&identifier("1.2.840.113549.1.9.20"), &value]);
        element(SET, &attribute)
    });
    let attributes = name.unwrap_or_default();
    sequence(&[&identifier(kind), &explicit(0, value), &attributes])
}

fn content_info(kind: &str, content: &[u8]) -> Vec<u8> {
    sequence(&[&identifier(kind), &explicit(0, content)])
}

fn encrypted_info(plaintext: &[u8], passphrase: &str) -> Vec<u8> {
    let protection = Protection::Pbes2 {
        cipher: Cipher::Aes256,
        derivation: Derivation::Pbkdf2 {
            prf: Prf::Sha256,
            iterations: ITERATIONS,
            spelling: PrfSpelling::Library,
        },
        states_key_length: false,
        salt: SALT.to_vec(),
        vector: [7; 16],
    };
    let file = protection.write("", plaintext, passphrase.as_bytes());
    file.der
}

pub(crate) const NO_ALGORITHM: &str = "1.2.3.4";
const DATA: &str = "1.2.840.113549.1.7.1";
const SALT: &[u8] = b"saltsalt";
const SET: u8 = 0x31;
