//! Files that are recognised and refused, each by its own error.

use identity::{Error, Format, Input};

use crate::support::{load, load_key, vector, vector_text};

fn key_error(name: &str) -> Error {
    load_key(&vector(&format!("refused/{name}"))).unwrap_err()
}

fn certificate_error(certificate: &[u8]) -> Error {
    load(certificate, &vector("key.pem")).unwrap_err()
}

/// The format that is named when a file is given as key.
fn named(name: &str) -> Option<Format> {
    match key_error(name) {
        Error::UnsupportedFormat {
            input: Input::Key,
            format,
        } => Some(format),
        _ => None,
    }
}

/// The object identifier that is named when a file is given as key.
fn encryption(name: &str) -> Option<String> {
    match key_error(name) {
        Error::UnsupportedEncryption {
            oid, name: Some(_), ..
        } => oid,
        _ => None,
    }
}

#[test]
fn content_goes_before_label() {
    load_key(&vector("refused/pkcs1-under-another-label.pem")).unwrap();
    let relabelled = vector_text("key.pem").replace("PRIVATE KEY", "RSA PRIVATE KEY");
    load_key(relabelled.as_bytes()).unwrap();
}

#[test]
fn an_openssh_key_is_named() {
    assert_eq!(named("openssh"), Some(Format::OpenSshKey));
}

#[test]
fn a_public_key_is_named() {
    assert_eq!(named("public.pem"), Some(Format::PublicKey));
    assert_eq!(named("public-pkcs1.pem"), Some(Format::PublicKey));
}

#[test]
fn a_pkcs12_store_is_named_on_both_sides() {
    assert_eq!(named("store.p12"), Some(Format::Pkcs12));
    let error = certificate_error(&vector("refused/store.p12"));
    assert!(matches!(
        error,
        Error::UnsupportedFormat {
            input: Input::Certificate,
            format: Format::Pkcs12
        }
    ));
}

#[test]
fn a_pkcs7_bundle_is_named_where_certificates_belong() {
    for name in ["refused/bundle.p7b", "refused/bundle-der.p7b"] {
        let error = certificate_error(&vector(name));
        assert!(
            matches!(
                error,
                Error::UnsupportedFormat {
                    format: Format::Pkcs7,
                    ..
                }
            ),
            "{name}"
        );
    }
}

#[test]
fn encryption_in_pkcs12_style_is_named() {
    assert_eq!(
        encryption("pbe-sha1-rc2-40.pem").as_deref(),
        Some("1.2.840.113549.1.12.1.6")
    );
}

#[test]
fn older_and_rarer_encryption_is_named() {
    assert_eq!(
        encryption("pbe-md5-des.pem").as_deref(),
        Some("1.2.840.113549.1.5.3")
    );
    assert_eq!(
        encryption("camellia.pem").as_deref(),
        Some("1.2.392.200011.61.1.1.1.4")
    );
    assert_eq!(
        encryption("hmac-sha512-256.pem").as_deref(),
        Some("1.2.840.113549.2.13")
    );
}

#[test]
fn keys_of_other_algorithms_are_named() {
    for (file, expected) in [
        ("rsa-pss.pem", "RSASSA-PSS"),
        ("three-primes.pem", "RSA with more than two primes"),
    ] {
        let error = key_error(file);
        let Error::UnsupportedKeyAlgorithm { name, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!(name, Some(expected));
    }
}

#[test]
fn a_request_in_place_of_the_certificate_is_named() {
    let error = certificate_error(&vector("request.pem"));
    assert!(matches!(
        error,
        Error::LooksLikeCsr {
            input: Input::Certificate
        }
    ));
    assert!(matches!(
        key_error("../request.pem"),
        Error::LooksLikeCsr { input: Input::Key }
    ));
}

#[test]
fn a_web_page_is_named() {
    let error = certificate_error(b"\n<!DOCTYPE html><html><body>Please log in</body></html>");
    assert!(matches!(
        error,
        Error::UnsupportedFormat {
            format: Format::Html,
            ..
        }
    ));
}

#[test]
fn markup_that_is_no_web_page_is_not_called_one() {
    let error = load_key(b"<RSAKeyValue><Modulus>AQAB</Modulus></RSAKeyValue>").unwrap_err();
    assert!(matches!(
        error,
        Error::UnsupportedFormat {
            format: Format::Unrecognised,
            ..
        }
    ));
}

#[test]
fn utf_16_is_named_with_and_without_a_mark() {
    let units: Vec<u16> = vector_text("key.pem").encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for text in [
        [&[0xFF, 0xFE], &little[..]].concat(),
        [&[0xFE, 0xFF], &big[..]].concat(),
        little,
        big,
    ] {
        let error = load_key(&text).unwrap_err();
        assert!(matches!(
            error,
            Error::UnsupportedFormat {
                format: Format::Utf16,
                ..
            }
        ));
    }
}

#[test]
fn an_empty_file_is_named() {
    for text in [&b""[..], b"\n \n", b"\xEF\xBB\xBF"] {
        let error = load_key(text).unwrap_err();
        assert!(matches!(
            error,
            Error::UnsupportedFormat {
                format: Format::Empty,
                ..
            }
        ));
    }
}

#[test]
fn something_else_is_named_as_such() {
    let error = load_key(b"hunter2").unwrap_err();
    assert!(matches!(
        error,
        Error::UnsupportedFormat {
            format: Format::Unrecognised,
            ..
        }
    ));
}

#[test]
fn swapped_inputs_are_named_for_every_kind_of_key() {
    for key in [
        "key.pem",
        "key.der",
        "encrypted.der",
        "refused/pkcs1.pem",
        "refused/traditional.pem",
    ] {
        let error = load(&vector(key), &vector("cert.pem")).unwrap_err();
        assert!(matches!(error, Error::Swapped), "{key}");
    }
}

#[test]
fn a_key_beside_a_bundle_of_both_is_not_swapped_but_lacks_a_certificate() {
    let error = load(&vector("key.pem"), &vector("bag-attributes.pem")).unwrap_err();
    assert!(matches!(error, Error::NoCertificate { .. }));
}

#[test]
fn two_certificates_are_not_swapped_but_lack_a_key() {
    let error = load_key(&vector("chain.pem")).unwrap_err();
    let Error::NoKey { found } = error else {
        panic!("{error:?}")
    };
    assert_eq!(found, [Format::Certificate]);
}

#[test]
fn two_keys_are_not_swapped_but_lack_a_certificate() {
    let error = certificate_error(&vector("key.pem"));
    let Error::NoCertificate { found } = error else {
        panic!("{error:?}")
    };
    assert_eq!(found, [Format::Pkcs8]);
}

#[test]
fn one_file_for_both_is_accepted() {
    let both = vector("bag-attributes.pem");
    load(&both, &both).unwrap();
}

#[test]
fn two_different_keys_are_too_many_and_the_same_one_twice_is_not() {
    let key = vector("key.pem");
    let error = load_key(&[&key[..], &vector("refused/ed25519.pem")].concat()).unwrap_err();
    assert!(matches!(error, Error::SeveralKeys { count: 2 }));
    load_key(&[&key[..], &key].concat()).unwrap();
}

#[test]
fn a_cut_file_is_named_as_damaged() {
    let key = vector("key.pem");
    let error = load_key(&key[..key.len() / 2]).unwrap_err();
    assert!(matches!(
        error,
        Error::UnsupportedFormat {
            format: Format::Damaged,
            ..
        }
    ));
    let key = vector("key.der");
    let error = load_key(&key[..key.len() / 2]).unwrap_err();
    assert!(matches!(
        error,
        Error::UnsupportedFormat {
            format: Format::Damaged,
            ..
        }
    ));
}

#[test]
fn a_chain_with_one_damaged_block_is_not_taken_without_it() {
    let chain = vector("chain.pem");
    let error = certificate_error(&chain[..chain.len() - 40]);
    assert!(matches!(
        error,
        Error::UnsupportedFormat {
            input: Input::Certificate,
            format: Format::Damaged
        }
    ));
}

#[test]
fn a_certificate_that_is_not_x509_is_named_by_its_position() {
    let chain = vector_text("cert.pem")
        + "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
    let error = certificate_error(chain.as_bytes());
    assert!(matches!(error, Error::CertificateDamaged { position: 2 }));
}
