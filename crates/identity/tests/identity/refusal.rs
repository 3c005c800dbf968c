//! Files that are recognised and refused, each by its own error.

use identity::{Error, Format, Input, StoreProblem};

use crate::support::{load, load_key, loader, passphrase, vector, vector_text};

/// Errors for key files of tools, even with the right passphrase.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Object identifier and name of the kind of key.
    Algorithm(&'static str, &'static str),
    Container(Format),
    /// Object identifier and name of the encryption.
    Encryption(Option<&'static str>, Option<&'static str>),
    /// Object identifier and name of the MAC of a PKCS#12 store.
    Mac(&'static str, &'static str),
    /// Object identifier and name of the encryption of a part of a PKCS#12 store.
    Store(&'static str, &'static str),
}

use Refusal::{Algorithm, Container, Encryption, Mac, Store};

impl Refusal {
    fn is(&self, error: &Error) -> bool {
        match error {
            Error::Store(StoreProblem::UnsupportedEncryption { oid, name }) => {
                matches!(self, Store(id, known) if Some(*id) == oid.as_deref() && Some(*known) == *name)
            }
            Error::Store(StoreProblem::UnsupportedMac { oid, name }) => {
                matches!(self, Mac(id, known) if id == oid && Some(*known) == *name)
            }
            Error::UnsupportedEncryption { oid, name } => {
                matches!(self, Encryption(id, known) if *id == oid.as_deref() && known == name)
            }
            Error::UnsupportedFormat { input, format } => {
                matches!(self, Container(it) if *input == Input::Key && it == format)
            }
            Error::UnsupportedKeyAlgorithm { oid, name } => {
                matches!(self, Algorithm(id, known) if id == oid && Some(*known) == *name)
            }
            _ => false,
        }
    }
}

#[test]
fn what_a_tool_writes_and_cannot_be_opened_is_named() {
    for (name, refusal) in REFUSED {
        let loader = loader().passphrase(passphrase());
        let error = loader.open_key(&vector(name)).expect_err(name);
        assert!(refusal.is(&error), "{name}: {error:?} is not {refusal:?}");
    }
}

#[test]
fn unsupported_key_is_named_without_passphrase_where_possible() {
    for (name, refusal) in REFUSED {
        let error = loader().open_key(&vector(name)).expect_err(name);
        let hidden = ["ED448-encrypted.pem", "secp256k1-traditional.pem"];
        if hidden.iter().any(|hidden| name.ends_with(hidden)) {
            assert!(matches!(error, Error::PassphraseRequired), "{name}");
        } else {
            assert!(refusal.is(&error), "{name}: {error:?} is not {refusal:?}");
        }
    }
}

#[test]
fn a_store_is_named_where_certificates_belong() {
    for (name, refusal) in REFUSED {
        let Container(expected @ Format::JavaKeyStore) = refusal else {
            continue;
        };
        let error = certificate_error(&vector(name));
        let Error::UnsupportedFormat { input, format } = error else {
            panic!("{name}: {error:?}")
        };
        assert_eq!((input, format), (Input::Certificate, *expected), "{name}");
    }
}

#[test]
fn archive_is_named_whatever_is_in_it() {
    let pem = vector("cert.pem");
    for (sign, format) in [
        (&b"PK\x03\x04"[..], Format::Zip),
        (b"PK\x05\x06", Format::Zip),
        (b"PK\x07\x08", Format::Zip),
        (b"\x1f\x8b\x08", Format::Gzip),
    ] {
        // Stored without compression, the certificate stands in it as it is.
        let packed = [sign, b"\x14\0\0\0\0\0 cert.pem", &pem].concat();
        let error = certificate_error(&packed);
        let Error::UnsupportedFormat { format: named, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!(named, format);
    }
    let text = [b"PK\n", &pem[..]].concat();
    load(&text, &vector("key.pem")).unwrap();
}

#[test]
fn a_putty_key_is_named_in_every_version() {
    for version in ["2: ssh-rsa", "3: ssh-ed25519"] {
        let key = format!(
            "PuTTY-User-Key-File-{version}\nEncryption: none\nComment: me\nPublic-Lines: 1\nAAAA\n"
        );
        let error = load_key(key.as_bytes()).unwrap_err();
        assert!(Container(Format::PuttyKey).is(&error), "{error:?}");
    }
}

#[test]
fn base64_of_pem_file_is_named_with_any_line_ends() {
    let text = vector_text("openssl/refused/base64-of-pem");
    let lines: String = text
        .chars()
        .collect::<Vec<_>>()
        .chunks(76)
        .fold(String::new(), |lines, line| {
            lines + &line.iter().collect::<String>() + "\n"
        });
    for text in [text, lines] {
        let error = load_key(text.as_bytes()).unwrap_err();
        assert!(Container(Format::Base64OfPem).is(&error), "{error:?}");
        let error = certificate_error(text.as_bytes());
        let format = Format::Base64OfPem;
        assert!(matches!(error, Error::UnsupportedFormat { format: it, .. } if it == format));
    }
}

fn key_error(name: &str) -> Error {
    load_key(&vector(&format!("refused/{name}"))).unwrap_err()
}

fn certificate_error(certificate: &[u8]) -> Error {
    load(certificate, &vector("key.pem")).unwrap_err()
}

/// Returns the format that is named when a file is given as key.
fn named(name: &str) -> Option<Format> {
    match key_error(name) {
        Error::UnsupportedFormat {
            input: Input::Key,
            format,
        } => Some(format),
        _ => None,
    }
}

/// Returns the object identifier that is named when a file is given as key.
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
fn damaged_certificate_is_named_even_beside_its_request() {
    let (request, certificate) = (vector_text("request.pem"), vector_text("cert.pem"));
    let whole = format!("{request}{certificate}");
    assert!(load(whole.as_bytes(), &vector("key.pem")).is_ok());
    let cut = format!("{whole}{}", certificate.replace("-----END", "----END"));
    assert!(matches!(
        certificate_error(cut.as_bytes()),
        Error::UnsupportedFormat {
            input: Input::Certificate,
            format: Format::Damaged
        }
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
fn utf_16_that_is_cut_is_named() {
    let units = vector_text("key.pem");
    let text: Vec<u8> = units.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xFF, 0xFE], &text[..]].concat();
    for cut in [&marked[..1001], &text[..1001]] {
        let error = load_key(cut).unwrap_err();
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
fn key_beside_bundle_lacks_certificate_and_is_not_swapped() {
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
fn two_different_keys_are_refused_and_one_repeated_is_not() {
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
            format: Format::DamagedDer,
            ..
        }
    ));
}

#[test]
fn chain_with_damaged_block_is_not_taken_without_it() {
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
fn certificate_that_is_not_x509_is_named_by_position() {
    let chain = vector_text("cert.pem")
        + "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
    let error = certificate_error(chain.as_bytes());
    assert!(matches!(error, Error::CertificateDamaged { position: 2 }));
}

/// Key files that tools write and that are refused, by their path.
#[rustfmt::skip]
pub(crate) const REFUSED: &[(&str, Refusal)] = &[
    ("certtool/refused/arcfour.pem", Encryption(Some("1.2.840.113549.1.12.1.1"), Some("PBE-SHA1-RC4-128 (PKCS#12 style)"))),
    ("certtool/refused/rc2-40.pem", Encryption(Some("1.2.840.113549.1.12.1.6"), Some("PBE-SHA1-RC2-40 (PKCS#12 style)"))),
    ("certtool/refused/sec1-without-curve.pem", Algorithm("1.2.840.10045.2.1", "an elliptic curve that is not named")),
    ("keytool/refused/p256.jceks", Container(Format::JavaKeyStore)),
    ("keytool/refused/p256.jks", Container(Format::JavaKeyStore)),
    ("openssl/refused/DH.pem", Algorithm("1.2.840.113549.1.3.1", "Diffie-Hellman")),
    ("openssl/refused/DSA-traditional.pem", Container(Format::DsaKey)),
    ("openssl/refused/DSA.pem", Algorithm("1.2.840.10040.4.1", "DSA")),
    ("openssl/refused/ED448-encrypted.pem", Algorithm("1.3.101.113", "Ed448")),
    ("openssl/refused/ED448.pem", Algorithm("1.3.101.113", "Ed448")),
    ("openssl/refused/PBE-MD5-DES.pem", Encryption(Some("1.2.840.113549.1.5.3"), Some("PBE-MD5-DES"))),
    ("openssl/refused/PBE-MD5-RC2-64.pem", Encryption(Some("1.2.840.113549.1.5.6"), Some("PBE-MD5-RC2-64"))),
    ("openssl/refused/PBE-SHA1-2DES.pem", Encryption(Some("1.2.840.113549.1.12.1.4"), Some("PBE-SHA1-2DES (PKCS#12 style)"))),
    ("openssl/refused/PBE-SHA1-DES.pem", Encryption(Some("1.2.840.113549.1.5.10"), Some("PBE-SHA1-DES"))),
    ("openssl/refused/PBE-SHA1-RC2-128.pem", Encryption(Some("1.2.840.113549.1.12.1.5"), Some("PBE-SHA1-RC2-128 (PKCS#12 style)"))),
    ("openssl/refused/PBE-SHA1-RC2-40.pem", Encryption(Some("1.2.840.113549.1.12.1.6"), Some("PBE-SHA1-RC2-40 (PKCS#12 style)"))),
    ("openssl/refused/PBE-SHA1-RC2-64.pem", Encryption(Some("1.2.840.113549.1.5.11"), Some("PBE-SHA1-RC2-64"))),
    ("openssl/refused/PBE-SHA1-RC4-128.pem", Encryption(Some("1.2.840.113549.1.12.1.1"), Some("PBE-SHA1-RC4-128 (PKCS#12 style)"))),
    ("openssl/refused/PBE-SHA1-RC4-40.pem", Encryption(Some("1.2.840.113549.1.12.1.2"), Some("PBE-SHA1-RC4-40 (PKCS#12 style)"))),
    ("openssl/refused/X25519.pem", Algorithm("1.3.101.110", "X25519")),
    ("openssl/refused/X448.pem", Algorithm("1.3.101.111", "X448")),
    ("openssl/refused/base64-of-pem", Container(Format::Base64OfPem)),
    ("openssl/refused/brainpoolP256r1.pem", Algorithm("1.3.36.3.3.2.8.1.1.7", "the elliptic curve brainpoolP256r1")),
    ("openssl/refused/brainpoolP384r1.pem", Algorithm("1.3.36.3.3.2.8.1.1.11", "the elliptic curve brainpoolP384r1")),
    ("openssl/refused/certificate-PBE-SHA1-RC2-128.p12", Store("1.2.840.113549.1.12.1.5", "PBE-SHA1-RC2-128 (PKCS#12 style)")),
    ("openssl/refused/certificate-PBE-SHA1-RC4-128.p12", Store("1.2.840.113549.1.12.1.1", "PBE-SHA1-RC4-128 (PKCS#12 style)")),
    ("openssl/refused/dsa-parameters.pem", Container(Format::Parameters)),
    ("openssl/refused/explicit-pkcs8.pem", Algorithm("1.2.840.10045.2.1", "an elliptic curve that is not named")),
    ("openssl/refused/explicit-sec1.pem", Algorithm("1.2.840.10045.2.1", "an elliptic curve that is not named")),
    ("openssl/refused/key-PBE-SHA1-2DES.p12", Store("1.2.840.113549.1.12.1.4", "PBE-SHA1-2DES (PKCS#12 style)")),
    ("openssl/refused/key-PBE-SHA1-RC2-128.p12", Store("1.2.840.113549.1.12.1.5", "PBE-SHA1-RC2-128 (PKCS#12 style)")),
    ("openssl/refused/key-PBE-SHA1-RC2-40.p12", Store("1.2.840.113549.1.12.1.6", "PBE-SHA1-RC2-40 (PKCS#12 style)")),
    ("openssl/refused/key-PBE-SHA1-RC4-128.p12", Store("1.2.840.113549.1.12.1.1", "PBE-SHA1-RC4-128 (PKCS#12 style)")),
    ("openssl/refused/key-PBE-SHA1-RC4-40.p12", Store("1.2.840.113549.1.12.1.2", "PBE-SHA1-RC4-40 (PKCS#12 style)")),
    ("openssl/refused/mac-md5.p12", Mac("1.2.840.113549.2.5", "MD5")),
    ("openssl/refused/pbes2-MD5.pem", Encryption(Some("1.2.840.113549.2.6"), Some("hmacWithMD5"))),
    ("openssl/refused/pbes2-SHA512-224.pem", Encryption(Some("1.2.840.113549.2.12"), Some("hmacWithSHA512-224"))),
    ("openssl/refused/pbes2-SHA512-256.pem", Encryption(Some("1.2.840.113549.2.13"), Some("hmacWithSHA512-256"))),
    ("openssl/refused/pbes2-aria-128-cbc.pem", Encryption(Some("1.2.410.200046.1.1.2"), Some("ARIA-128-CBC"))),
    ("openssl/refused/pbes2-aria-192-cbc.pem", Encryption(Some("1.2.410.200046.1.1.7"), Some("ARIA-192-CBC"))),
    ("openssl/refused/pbes2-aria-256-cbc.pem", Encryption(Some("1.2.410.200046.1.1.12"), Some("ARIA-256-CBC"))),
    ("openssl/refused/pbes2-bf-cbc.pem", Encryption(Some("1.3.6.1.4.1.3029.1.2"), Some("BF-CBC"))),
    ("openssl/refused/pbes2-camellia-128-cbc.pem", Encryption(Some("1.2.392.200011.61.1.1.1.2"), Some("CAMELLIA-128-CBC"))),
    ("openssl/refused/pbes2-camellia-192-cbc.pem", Encryption(Some("1.2.392.200011.61.1.1.1.3"), Some("CAMELLIA-192-CBC"))),
    ("openssl/refused/pbes2-camellia-256-cbc.pem", Encryption(Some("1.2.392.200011.61.1.1.1.4"), Some("CAMELLIA-256-CBC"))),
    ("openssl/refused/pbes2-des-cbc.pem", Encryption(Some("1.3.14.3.2.7"), Some("DES-CBC"))),
    ("openssl/refused/pbes2-rc2-cbc.pem", Encryption(Some("1.2.840.113549.3.2"), Some("RC2-CBC"))),
    ("openssl/refused/prime192v1.pem", Algorithm("1.2.840.10045.3.1.1", "the elliptic curve P-192")),
    ("openssl/refused/public.pem", Container(Format::PublicKey)),
    ("openssl/refused/secp224r1.pem", Algorithm("1.3.132.0.33", "the elliptic curve P-224")),
    ("openssl/refused/secp256k1-traditional.pem", Algorithm("1.3.132.0.10", "the elliptic curve secp256k1")),
    ("openssl/refused/secp256k1.pem", Algorithm("1.3.132.0.10", "the elliptic curve secp256k1")),
    ("openssl/refused/secp521r1-sec1.pem", Algorithm("1.3.132.0.35", "the elliptic curve P-521")),
    ("openssl/refused/secp521r1.pem", Algorithm("1.3.132.0.35", "the elliptic curve P-521")),
    ("openssl/refused/traditional-aria-128-cbc.pem", Encryption(None, Some("ARIA-128-CBC"))),
    ("openssl/refused/traditional-aria-256-cbc.pem", Encryption(None, Some("ARIA-256-CBC"))),
    ("openssl/refused/traditional-bf-cbc.pem", Encryption(None, Some("BF-CBC"))),
    ("openssl/refused/traditional-camellia-128-cbc.pem", Encryption(None, Some("CAMELLIA-128-CBC"))),
    ("openssl/refused/traditional-camellia-256-cbc.pem", Encryption(None, Some("CAMELLIA-256-CBC"))),
    ("openssl/refused/traditional-cast5-cbc.pem", Encryption(None, Some("CAST5-CBC"))),
    ("openssl/refused/traditional-des-cbc.pem", Encryption(None, Some("DES-CBC"))),
    ("openssl/refused/traditional-des-ede-cbc.pem", Encryption(None, Some("DES-EDE-CBC"))),
    ("openssl/refused/traditional-rc2-40-cbc.pem", Encryption(None, Some("RC2-40-CBC"))),
    ("openssl/refused/traditional-rc2-cbc.pem", Encryption(None, Some("RC2-CBC"))),
    ("openssl/refused/traditional-seed-cbc.pem", Encryption(None, Some("SEED-CBC"))),
    ("openssl/refused/traditional-sm4-cbc.pem", Encryption(None, Some("SM4-CBC"))),
    ("python/refused/openssh-ed25519", Container(Format::OpenSshKey)),
    ("python/refused/openssh-p256", Container(Format::OpenSshKey)),
    ("ssh-keygen/refused/ed25519", Container(Format::OpenSshKey)),
    ("ssh-keygen/refused/p256-encrypted", Container(Format::OpenSshKey)),
    ("ssh-keygen/refused/rsa", Container(Format::OpenSshKey)),
];
