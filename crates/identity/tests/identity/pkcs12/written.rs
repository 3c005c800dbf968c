//! Stores that are written here: they open again, to the same, and only whole.

use std::num::NonZeroU32;

use identity::{Error, Passphrase, Pkcs12Builder, PrivateKey};
use proptest::prelude::*;
use rustls_pki_types::CertificateDer;

use crate::support::{load, loader, vector};

/// Base keys with their certificates.
const PAIRS: [[&str; 2]; 4] = [
    ["chain.pem", "key.pem"],
    ["p256.crt", "p256.key"],
    ["p384.crt", "p384.key"],
    ["ed25519.crt", "ed25519.key"],
];

const FEW: NonZeroU32 = NonZeroU32::new(2).unwrap();

struct Source {
    key: PrivateKey,
    chain: Vec<CertificateDer<'static>>,
}

impl Source {
    fn new([certificate, key]: [&str; 2]) -> Self {
        let loaded = load(&vector(certificate), &vector(key)).unwrap();
        Self {
            key: loader().open_key(&vector(key)).unwrap(),
            chain: loaded.identity().certificate_chain().to_vec(),
        }
    }

    fn builder(&self, is_legacy: bool) -> Pkcs12Builder<'_> {
        let builder = Pkcs12Builder::new(self.key.secret_pkcs8(), &self.chain).iterations(FEW);
        match is_legacy {
            true => builder.legacy(),
            false => builder,
        }
    }
}

/// Counts upwards, so that each run writes the same.
fn written(builder: &Pkcs12Builder<'_>, passphrase: &str) -> Vec<u8> {
    let mut count = 0;
    let mut randomness = |bytes: &mut [u8]| {
        for byte in bytes {
            count += 1;
            *byte = count;
        }
        Ok(())
    };
    let passphrase = Passphrase::new(passphrase);
    builder.to_der_with(&mut randomness, &passphrase).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn written_store_opens_to_the_same_key_chain_and_name(
        pair in prop::sample::select(&PAIRS[..]),
        is_legacy: bool,
        passphrase in "\\PC{1,40}",
        name in prop::option::of("\\PC{1,40}"),
    ) {
        let source = Source::new(pair);
        let mut builder = source.builder(is_legacy);
        if let Some(name) = &name {
            builder = builder.friendly_name(name);
        }
        let store = written(&builder, &passphrase);
        let right = loader().passphrase(Passphrase::new(passphrase.clone()));
        let loaded = right.load(&store, &store).unwrap();
        prop_assert_eq!(loaded.identity().secret_key(), Some(source.key.secret_pkcs8()));
        prop_assert_eq!(loaded.identity().certificate_chain(), source.chain);
        prop_assert_eq!(loaded.report().friendly_name(), name.as_deref());
        let wrong = loader().passphrase(Passphrase::new(passphrase + "x"));
        let error = wrong.load(&store, &store).unwrap_err();
        prop_assert!(matches!(error, Error::PassphraseOrDamaged));
    }

    #[test]
    fn changed_byte_is_an_error_or_changes_nothing(
        is_legacy: bool,
        at: prop::sample::Index,
        mask in 1..=u8::MAX,
    ) {
        let source = Source::new(PAIRS[1]);
        let mut store = written(&source.builder(is_legacy), "x");
        *at.get_mut(&mut store) ^= mask;
        let loader = loader().passphrase(Passphrase::new("x"));
        if let Ok(loaded) = loader.load(&store, &store) {
            prop_assert_eq!(loaded.identity().secret_key(), Some(source.key.secret_pkcs8()));
            prop_assert_eq!(loaded.identity().certificate_chain(), source.chain);
        }
    }
}

#[test]
fn every_cut_of_a_store_is_an_error() {
    let source = Source::new(PAIRS[1]);
    for is_legacy in [true, false] {
        let store = written(&source.builder(is_legacy), "x");
        let loader = loader().passphrase(Passphrase::new("x"));
        for end in 0..store.len() {
            let cut = &store[..end];
            loader.load(cut, cut).unwrap_err();
        }
        loader.load(&store, &store).unwrap();
    }
}

#[test]
fn store_of_a_key_alone_opens() {
    let key = loader().open_key(&vector("p256.key")).unwrap();
    let store = written(
        &Pkcs12Builder::new(key.secret_pkcs8(), &[]).iterations(FEW),
        "x",
    );
    let opened = loader()
        .passphrase(Passphrase::new("x"))
        .open_key(&store)
        .unwrap();
    assert_eq!(opened.secret_pkcs8(), key.secret_pkcs8());
}

#[test]
fn empty_passphrase_of_a_new_store_is_refused() {
    let source = Source::new(PAIRS[1]);
    let result = source.builder(false).to_der(&Passphrase::new(""));
    assert!(matches!(result, Err(Error::PassphraseEmpty)));
    source.builder(false).to_der(&Passphrase::new(" ")).unwrap();
}

#[test]
fn builder_shows_no_key() {
    let source = Source::new(PAIRS[1]);
    let shown = format!("{:?}", source.builder(false).friendly_name("Ann"));
    assert_eq!(
        shown,
        "Pkcs12Builder { certificates: 1, iterations: 2, .. }"
    );
}
