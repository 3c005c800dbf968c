//! Keys of every kind that `identity` opens, in handshakes and as both providers see them.
//!
//! The files are the stored ones of `identity`, most of them written by other tools.

use std::{
    fs,
    path::{Path, PathBuf},
};

use identity::{Identity, Loader, Passphrase, PrivateKey};
use mock_tls::{Ca, Leaf};
use rcgen::KeyPair;
use rustls::{
    SupportedProtocolVersion,
    version::{TLS12, TLS13},
};
use rustls_pki_types::PrivateKeyDer;
use transport::{ClientAuth, CryptoProvider};

use crate::{
    certificates::{Issue, named_ca, new_ca},
    client, get, info, providers,
    server::{Seen, Server, Settings},
    trusting,
};

#[tokio::test]
async fn every_key_kind_is_presented_with_every_provider() {
    let clients = named_ca("Client CA");
    for file in KEY_FILES {
        let identity = identity(&clients, &vectors().join(file));
        for provider in providers() {
            for versions in [ONLY_TLS12, ONLY_TLS13] {
                assert_is_presented(&clients, &identity, provider.clone(), versions).await;
            }
        }
    }
}

async fn assert_is_presented(
    clients: &Ca,
    identity: &Identity,
    provider: CryptoProvider,
    versions: &'static [&'static SupportedProtocolVersion],
) {
    let ca = new_ca();
    let settings = Settings {
        client_ca: Some(clients.certificate()),
        ..Settings::one_sided(ca.server("localhost"))
    };
    let server = Server::start(settings.versions(versions)).await;
    let settings = trusting(&ca).identity(identity);
    let client = client(settings.crypto_provider(provider));

    let response = get(&client, &server.uri("/")).await.unwrap();

    assert_eq!(info(&response).client_auth(), ClientAuth::Presented);
    let seen = server.seen(1).await;
    let Some(Seen::Connected {
        client: Some(leaf), ..
    }) = seen.first()
    else {
        panic!("the server did not see the client's certificate");
    };
    assert_eq!(Some(leaf), identity.certificate_chain().first());
}

#[test]
fn stored_keys_sign_with_both_providers() {
    let mut files = Vec::new();
    collect(&vectors(), &mut files);
    let opened: Vec<_> = files.iter().filter_map(|file| open(file)).collect();
    assert!(
        opened.len() > 25,
        "only {} keys were opened: has the folder moved?",
        opened.len()
    );
    for key in &opened {
        assert_is_signed_with(key);
    }
}

#[test]
fn extreme_numbers_as_keys_sign_with_both_providers() {
    let mut greatest = P256_ORDER;
    greatest[31] -= 1;
    let mut least = [0; 32];
    least[31] = 1;
    for scalar in [&least[..], &greatest, &[7], &[7; 31]] {
        let key = Loader::new().open_key(&p256_without_point(scalar));
        assert_is_signed_with(&key.unwrap());
    }
    for seed in [[0; 32], [0xFF; 32]] {
        let key = Loader::new().open_key(&[ED25519_BEFORE_SEED, &seed].concat());
        assert_is_signed_with(&key.unwrap());
    }
}

/// Asserts that both libraries under rustls take the key for whole and of a known kind.
fn assert_is_signed_with(key: &PrivateKey) {
    let der = || PrivateKeyDer::Pkcs8(key.secret_pkcs8().clone_key());
    assert!(
        rustls::crypto::aws_lc_rs::sign::any_supported_type(&der()).is_ok(),
        "aws-lc-rs refuses {key:?}"
    );
    #[cfg(feature = "ring")]
    assert!(
        rustls::crypto::ring::sign::any_supported_type(&der()).is_ok(),
        "ring refuses {key:?}"
    );
}

/// Loads a key file with a certificate that `ca` has issued for it.
fn identity(ca: &Ca, file: &Path) -> Identity {
    let key = open(file).unwrap();
    let pair = KeyPair::try_from(key.secret_pkcs8().secret_pkcs8_der()).unwrap();
    let issued = ca.issue(&Leaf::client(&file.display().to_string()), &pair);
    let certificate = issued.unwrap().chain_pem();
    let loaded = loader().load(certificate.as_bytes(), &fs::read(file).unwrap());
    loaded.unwrap().into_parts().0
}

fn open(file: &Path) -> Option<PrivateKey> {
    loader().open_key(&fs::read(file).unwrap()).ok()
}

/// Returns a loader with the passphrase of the vectors.
fn loader() -> Loader {
    Loader::new().passphrase(Passphrase::new("correct horse"))
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../identity/tests/vectors")
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

static ONLY_TLS12: &[&SupportedProtocolVersion] = &[&TLS12];
static ONLY_TLS13: &[&SupportedProtocolVersion] = &[&TLS13];

/// Returns `ECPrivateKey` with its curve and nothing else (RFC 5915, section 3).
fn p256_without_point(scalar: &[u8]) -> Vec<u8> {
    const CURVE: [u8; 12] = *b"\xA0\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07";
    let length = u8::try_from(scalar.len()).unwrap();
    let start = [0x30, 5 + length + 12, 0x02, 0x01, 0x01, 0x04, length];
    [&start[..], scalar, &CURVE].concat()
}

/// A `PrivateKeyInfo` up to its seed (RFC 8410, section 7).
const ED25519_BEFORE_SEED: &[u8] =
    b"\x30\x2E\x02\x01\x00\x30\x05\x06\x03\x2B\x65\x70\x04\x22\x04\x20";

/// The order of P-256 (SEC 2, section 2.4.2).
const P256_ORDER: [u8; 32] = *b"\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\
    \xBC\xE6\xFA\xAD\xA7\x17\x9E\x84\xF3\xB9\xCA\xC2\xFC\x63\x25\x51";

const KEY_FILES: &[&str] = &[
    "node/rsa-pkcs8.pem",
    "node/rsa-pkcs1.pem",
    "node/rsa-traditional-aes-256-cbc.pem",
    "node/rsa-aes-256-cbc.pem",
    "node/p256-pkcs8.pem",
    "node/p256-sec1.pem",
    "node/p256-traditional-aes-256-cbc.pem",
    "node/p256-aes-256-cbc.pem",
    "node/p384-pkcs8.pem",
    "node/p384-sec1.pem",
    "node/p384-traditional-aes-256-cbc.pem",
    "node/p384-aes-256-cbc.pem",
    "node/ed25519-pkcs8.pem",
    "node/ed25519-aes-256-cbc.pem",
];
