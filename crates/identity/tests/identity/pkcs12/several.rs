//! Stores of several keys: the one that is meant, and what is said where that is not clear.

use identity::{Error, Finding, Format, PrivateKey, StoreProblem};

use crate::pkcs12::made::{
    NO_ALGORITHM, bag_under_rc2, certificate, certificate_bag, key_bag, key_of_no_algorithm, pkcs8,
    plain_safe, shrouded_bag, store, without_mac,
};
use crate::support::{loader, passphrase, vector};

const TWO_KEYS: &str = "keytool/stores/two-keys.p12";
const TWO_NAMES: &str = "keytool/stores/two-names.p12";
const WORD: &str = "correct horse";

fn key(name: &str) -> PrivateKey {
    loader().open_key(&vector(name)).unwrap()
}

/// Opens the key of that name, alone.
fn open(store: &[u8], name: Option<&str>) -> Result<PrivateKey, Error> {
    let mut loader = loader().passphrase(passphrase());
    if let Some(name) = name {
        loader = loader.friendly_name(name);
    }
    loader.open_key(store)
}

#[test]
fn key_of_a_name_is_loaded_and_opened() {
    let store = vector(TWO_KEYS);
    for (name, expected, common_name) in [
        ("current", "key.pem", "client.example.com"),
        ("next", "p256.key", "p256.example.com"),
    ] {
        let loader = loader().passphrase(passphrase()).friendly_name(name);
        let loaded = loader.load(&store, &store).unwrap();
        let expected = key(expected);
        let identity = loaded.identity();
        assert_eq!(identity.secret_key(), Some(expected.secret_pkcs8()));
        assert_eq!(identity.leaf().common_name(), Some(common_name));
        assert_eq!(loaded.report().friendly_name(), Some(name));
        let opened = open(&store, Some(name)).unwrap();
        assert_eq!(opened.secret_pkcs8(), expected.secret_pkcs8());
    }
}

#[test]
fn several_keys_without_a_name_are_refused() {
    let store = vector(TWO_KEYS);
    let both = loader().passphrase(passphrase()).load(&store, &store);
    for error in [both.unwrap_err(), open(&store, None).unwrap_err()] {
        let problem = StoreProblem::SeveralKeys { count: 2 };
        assert!(
            matches!(&error, Error::Store(it) if *it == problem),
            "{error:?}"
        );
    }
    let error = open(&store, Some("Current")).unwrap_err();
    assert!(
        matches!(error, Error::Store(StoreProblem::NoSuchName)),
        "{error:?}"
    );
}

#[test]
fn certificate_from_elsewhere_tells_the_key() {
    let store = vector(TWO_KEYS);
    let loader = loader().passphrase(passphrase());
    for (certificate, key_file) in [("p256.crt", "p256.key"), ("chain.pem", "key.pem")] {
        let loaded = loader.load(&vector(certificate), &store).unwrap();
        let expected = key(key_file);
        assert_eq!(
            loaded.identity().secret_key(),
            Some(expected.secret_pkcs8())
        );
    }
    let error = loader.load(&vector("p384.crt"), &store).unwrap_err();
    assert!(matches!(error, Error::KeyMismatch { .. }), "{error:?}");
}

#[test]
fn keys_without_certificates_are_told_by_name_alone() {
    let bags = [
        shrouded_bag(&pkcs8("p256.key"), WORD, Some("first")),
        shrouded_bag(&pkcs8("p384.key"), WORD, Some("second")),
    ];
    let store = store(&plain_safe(&bags.concat()), WORD);
    let error = open(&store, None).unwrap_err();
    assert!(
        matches!(error, Error::Store(StoreProblem::SeveralKeys { count: 2 })),
        "{error:?}"
    );
    for (name, expected) in [("first", "p256.key"), ("second", "p384.key")] {
        let opened = open(&store, Some(name)).unwrap();
        assert_eq!(opened.secret_pkcs8(), key(expected).secret_pkcs8());
    }
}

#[test]
fn key_under_two_names_opens_by_each() {
    let store = vector(TWO_NAMES);
    let loader = loader().passphrase(passphrase());
    for (name, reported) in [
        (None, "first"),
        (Some("first"), "first"),
        (Some("second"), "second"),
    ] {
        let loader = match name {
            Some(name) => loader.clone().friendly_name(name),
            None => loader.clone(),
        };
        let loaded = loader.load(&store, &store).unwrap();
        let expected = key("p256.key");
        assert_eq!(
            loaded.identity().secret_key(),
            Some(expected.secret_pkcs8())
        );
        assert_eq!(loaded.report().friendly_name(), Some(reported));
    }
    let error = open(&store, Some("third")).unwrap_err();
    assert!(matches!(error, Error::Store(StoreProblem::NoSuchName)));
}

/// Returns a store of a good key, of one of no known algorithm and of one under another passphrase.
fn mixed() -> Vec<u8> {
    let bags = [
        shrouded_bag(&key_of_no_algorithm(), WORD, Some("odd")),
        shrouded_bag(&pkcs8("p384.key"), "another", Some("locked")),
        shrouded_bag(&pkcs8("p256.key"), WORD, Some("good")),
        certificate_bag(&certificate("p256.crt")),
    ];
    bags.concat()
}

#[test]
fn unusable_keys_beside_a_good_one_are_named() {
    let store = store(&plain_safe(&mixed()), WORD);
    let expected = key("p256.key");
    for name in [None, Some("good")] {
        let opened = open(&store, name).unwrap();
        assert_eq!(opened.secret_pkcs8(), expected.secret_pkcs8());
    }
    let error = open(&store, Some("odd")).unwrap_err();
    assert!(
        matches!(&error, Error::UnsupportedKeyAlgorithm { oid, name: None } if oid == NO_ALGORITHM),
        "{error:?}"
    );
    let error = open(&store, Some("locked")).unwrap_err();
    assert!(
        matches!(error, Error::Store(StoreProblem::KeyUnderOtherPassphrase)),
        "{error:?}"
    );
}

/// Returns the findings about keys that cannot be used.
fn refused(findings: &[Finding]) -> Vec<(Option<&str>, &str)> {
    let refused = findings.iter().filter_map(|finding| match finding {
        Finding::KeyRefused {
            friendly_name,
            reason,
        } => Some((friendly_name.as_deref(), reason.as_str())),
        _ => None,
    });
    refused.collect()
}

#[test]
fn keys_passed_over_are_findings_with_name_and_reason() {
    let store = store(&plain_safe(&mixed()), WORD);
    let loader = loader().passphrase(passphrase());
    let loaded = loader.load(&store, &store).unwrap();
    let odd = open(&store, Some("odd")).unwrap_err().to_string();
    let locked = open(&store, Some("locked")).unwrap_err().to_string();
    assert_eq!(
        refused(loaded.report().findings()),
        [(Some("odd"), odd.as_str()), (Some("locked"), &locked)]
    );
    let by_name = loader.friendly_name("good").load(&store, &store).unwrap();
    assert!(refused(by_name.report().findings()).is_empty());
}

#[test]
fn certificate_of_no_usable_key_is_told_by_the_refusal() {
    let store = |certificate| {
        let bags = [
            shrouded_bag(&pkcs8("p256.key"), WORD, Some("good")),
            shrouded_bag(&pkcs8("p384.key"), "another", Some("locked")),
            certificate,
        ];
        store(&plain_safe(&bags.concat()), WORD)
    };
    let loader = loader().passphrase(passphrase());
    let of_locked = store(certificate_bag(&certificate("p384.crt")));
    let by_none = loader.load(&of_locked, &of_locked).unwrap_err();
    // Without any certificate, nothing tells which of the two is meant.
    let without = open(&store(Vec::new()), None).unwrap_err();
    for error in [by_none, without] {
        let is_locked = matches!(error, Error::Store(StoreProblem::KeyUnderOtherPassphrase));
        assert!(is_locked, "{error:?}");
    }
    let by_name = loader.friendly_name("good").load(&of_locked, &of_locked);
    assert!(matches!(by_name, Err(Error::KeyMismatch { .. })));
    let of_good = store(certificate_bag(&certificate("p256.crt")));
    assert!(open(&of_good, None).is_ok());
}

#[test]
fn refused_key_cannot_steer_a_terminal() {
    let finding = Finding::KeyRefused {
        friendly_name: Some("a\n\u{1b}[31m".to_owned()),
        reason: "it is damaged".to_owned(),
    };
    let shown = finding.to_string();
    assert_eq!(
        shown,
        "another key of the store, \"a\\u000a\\u001b[31m\", cannot be used: it is damaged"
    );
}

#[test]
fn unusable_key_alone_is_told_as_it_is() {
    let odd = shrouded_bag(&key_of_no_algorithm(), WORD, None);
    let error = open(&store(&plain_safe(&odd), WORD), None).unwrap_err();
    assert!(
        matches!(&error, Error::UnsupportedKeyAlgorithm { oid, .. } if oid == NO_ALGORITHM),
        "{error:?}"
    );
    let locked = shrouded_bag(&pkcs8("p256.key"), "another", None);
    let error = open(&store(&plain_safe(&locked), WORD), None).unwrap_err();
    assert!(
        matches!(error, Error::Store(StoreProblem::KeyUnderOtherPassphrase)),
        "{error:?}"
    );
    // Nothing shows that the passphrase is right: without a MAC, or where that is wrong.
    let (plain, other) = (plain_safe(&odd), plain_safe(&locked));
    for store in [
        without_mac(&plain),
        without_mac(&other),
        store(&plain, "another"),
    ] {
        let error = open(&store, None).unwrap_err();
        assert!(matches!(error, Error::PassphraseOrDamaged), "{error:?}");
    }
}

#[test]
fn inspected_store_names_each_key() {
    let rc2 = vector("openssl/refused/key-PBE-SHA1-RC2-40.p12");
    let refused = loader().inspect(&rc2).unwrap();
    assert!(refused[0].problem().is_some());

    let bags = [
        bag_under_rc2(Some("old")),
        shrouded_bag(&pkcs8("p256.key"), WORD, Some("good")),
        key_bag(&pkcs8("p384.key"), Some("bare")),
    ];
    let store = store(&plain_safe(&bags.concat()), WORD);
    let parts = loader().inspect(&store).unwrap();
    assert_eq!(parts[0].format(), Format::Pkcs12);
    assert!(parts[0].problem().is_none());
    let shown = parts[0].to_string();
    for line in [
        "key          \"old\": the PKCS#12 store has a part encrypted with PBE-SHA1-RC2-40",
        "key          \"good\", PBES2, AES-256-CBC",
        "key          \"bare\", not encrypted",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
}
