//! Keys that are made in a token or were made by another tool, and what they sign.

use std::process::Command;
use std::thread;

use identity::{SignatureScheme, Signer, SignerProblem};
use pkcs11::{Error, TokenKey, UnusableKey};

use crate::soft_hsm::{SoftHsm, pin, run};

const MESSAGE: &[u8] = b"what TLS would have signed";

/// Verifies with `openssl` each signature that the key can make of a message.
fn verify_all(hsm: &SoftHsm, key: &TokenKey) {
    let (public, message) = (hsm.file("public.der"), hsm.file("message"));
    std::fs::write(&public, key.public_key()).unwrap();
    std::fs::write(&message, MESSAGE).unwrap();
    for scheme in key.schemes() {
        let signature = hsm.file("signature");
        std::fs::write(&signature, key.sign(*scheme, MESSAGE).unwrap()).unwrap();
        let mut command = Command::new("openssl");
        command.args(["dgst", "-keyform", "DER", hash(*scheme), "-verify"]);
        command.arg(&public).arg("-signature").arg(&signature);
        if is_pss(*scheme) {
            command.args(["-sigopt", "rsa_padding_mode:pss"]);
            command.args(["-sigopt", "rsa_pss_saltlen:digest"]);
        }
        let said = run(command.arg(&message));
        assert_eq!(said.trim(), "Verified OK", "{scheme:?}");
    }
}

fn hash(scheme: SignatureScheme) -> &'static str {
    let name = format!("{scheme:?}");
    match name.rsplit_once("Sha") {
        Some((_, "256")) => "-sha256",
        Some((_, "384")) => "-sha384",
        Some((_, "512")) => "-sha512",
        _ => panic!("{name}"),
    }
}

fn is_pss(scheme: SignatureScheme) -> bool {
    format!("{scheme:?}").starts_with("RsaPss")
}

#[test]
fn made_key_signs_and_stays_in_its_token() {
    let Some(hsm) = SoftHsm::in_test("keys::made_key_signs_and_stays_in_its_token") else {
        return;
    };
    hsm.token("napi");
    let key = TokenKey::make(&hsm.uri("token=napi;object=client"), pin()).unwrap();
    assert_eq!(key.schemes().len(), 6);
    verify_all(&hsm, &key);
    let listed = hsm.pkcs11_tool("napi", &["--list-objects", "--type", "privkey"]);
    assert!(listed.contains("label:      client"), "{listed}");
    assert!(listed.contains("sensitive, always sensitive, never extractable"));
    // The same key, by each of its names.
    let id = listed.split("ID:").nth(1).unwrap().trim();
    let id = id.split_whitespace().next().unwrap();
    let id: String = id
        .as_bytes()
        .chunks(2)
        .map(|byte| format!("%{}", str::from_utf8(byte).unwrap()))
        .collect();
    for name in ["", "object=client", &format!("id={id}")] {
        let again = TokenKey::open(&hsm.uri(name), pin()).unwrap();
        assert_eq!(again.public_key(), key.public_key(), "{name}");
        assert!(again.uri().serial().is_some());
    }
}

#[test]
fn label_or_id_in_use_makes_no_key() {
    let Some(hsm) = SoftHsm::in_test("keys::label_or_id_in_use_makes_no_key") else {
        return;
    };
    hsm.token("napi");
    TokenKey::make(&hsm.uri("object=one;id=%01"), pin()).unwrap();
    for taken in ["object=one", "object=one;id=%02", "object=two;id=%01"] {
        let error = TokenKey::make(&hsm.uri(taken), pin()).unwrap_err();
        assert!(matches!(error, Error::KeyExists), "{taken}: {error}");
    }
    let unnamed = TokenKey::make(&hsm.uri("id=%02"), pin()).unwrap_err();
    assert!(matches!(unnamed, Error::KeyUnnamed));
    TokenKey::make(&hsm.uri("object=two;id=%02"), pin()).unwrap();
    let several = TokenKey::open(&hsm.uri(""), pin()).unwrap_err();
    assert!(matches!(several, Error::SeveralKeys { count: 2 }));
    let missing = TokenKey::open(&hsm.uri("object=one;id=%02"), pin()).unwrap_err();
    assert!(matches!(missing, Error::KeyNotFound));
}

#[test]
fn keys_of_another_tool_sign() {
    let Some(hsm) = SoftHsm::in_test("keys::keys_of_another_tool_sign") else {
        return;
    };
    hsm.token("napi");
    for (kind, count) in [("EC:prime256v1", 1), ("EC:secp384r1", 1), ("rsa:2048", 6)] {
        let label = kind.replace(':', "-");
        let make = ["--keypairgen", "--key-type", kind, "--label", &label];
        hsm.pkcs11_tool("napi", &[&make[..], &["--id", "0a"]].concat());
        let key = TokenKey::open(&hsm.uri(&format!("object={label}")), pin()).unwrap();
        assert_eq!(key.schemes().len(), count, "{kind}");
        verify_all(&hsm, &key);
        let other = SignatureScheme::Ed25519;
        let refused = key.sign(other, MESSAGE).unwrap_err();
        assert_eq!(refused.problem(), SignerProblem::NotAllowed);
        let delete = ["--delete-object", "--type", "privkey", "--label", &label];
        hsm.pkcs11_tool("napi", &delete);
        let delete = ["--delete-object", "--type", "pubkey", "--label", &label];
        hsm.pkcs11_tool("napi", &delete);
    }
}

#[test]
fn key_of_another_curve_is_refused_by_name() {
    let Some(hsm) = SoftHsm::in_test("keys::key_of_another_curve_is_refused_by_name") else {
        return;
    };
    hsm.token("napi");
    let make = ["--keypairgen", "--key-type", "EC:secp521r1", "--label", "a"];
    hsm.pkcs11_tool("napi", &make);
    let error = TokenKey::open(&hsm.uri("object=a"), pin()).unwrap_err();
    assert!(matches!(error, Error::Unusable(UnusableKey::Curve)));
}

#[test]
fn token_is_told_by_label_and_serial() {
    let Some(hsm) = SoftHsm::in_test("keys::token_is_told_by_label_and_serial") else {
        return;
    };
    hsm.token("one");
    hsm.token("two");
    let several = TokenKey::make(&hsm.uri("object=a"), pin()).unwrap_err();
    assert!(matches!(several, Error::SeveralTokens { count: 2 }));
    let made = TokenKey::make(&hsm.uri("token=two;object=a"), pin()).unwrap();
    let serial = made.uri().serial().unwrap().to_owned();
    let by_serial = TokenKey::open(&hsm.uri(&format!("serial={serial}")), pin()).unwrap();
    assert_eq!(by_serial.public_key(), made.public_key());
    for other in ["token=three", "serial=0", "model=other", "slot-id=77"] {
        let error = TokenKey::open(&hsm.uri(other), pin()).unwrap_err();
        assert!(matches!(error, Error::TokenNotFound), "{other}: {error}");
    }
}

#[test]
fn what_is_no_module_is_named() {
    let Some(hsm) = SoftHsm::in_test("keys::what_is_no_module_is_named") else {
        return;
    };
    let uri = |text: &str| text.parse::<pkcs11::Pkcs11Uri>().unwrap();
    let unnamed = TokenKey::open(&uri("pkcs11:token=napi"), None).unwrap_err();
    assert!(matches!(unnamed, Error::ModuleUnnamed));
    let text = hsm.file("softhsm2.conf");
    for path in [hsm.file("missing.so"), text] {
        let uri = uri("pkcs11:").or_module_path(&path);
        let error = TokenKey::open(&uri, None).unwrap_err();
        assert!(matches!(error, Error::Module { path: named, .. } if named == path));
    }
}

#[test]
fn many_threads_sign_with_one_key() {
    let Some(hsm) = SoftHsm::in_test("keys::many_threads_sign_with_one_key") else {
        return;
    };
    hsm.token("napi");
    let key = TokenKey::make(&hsm.uri("object=client"), pin()).unwrap();
    let scheme = SignatureScheme::RsaPkcs1Sha256;
    let expected = key.sign(scheme, MESSAGE).unwrap();
    thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert_eq!(key.sign(scheme, MESSAGE).unwrap(), expected);
                }
            });
        }
    });
}
