//! Files as people have them: what opens, and what is named for what it is.

use identity::{Error, Format, Input, Loader};

use crate::support::{load, loader, passphrase, vector, vector_text};

/// The name of each file's format, alone in the place of a key.
const NAMED: [(&str, Format); 24] = [
    ("attribute-less.ber", Format::Ber),
    ("cut.der", Format::DamagedDer),
    ("dsa-parameters.der", Format::Parameters),
    ("dsa.der", Format::DsaKey),
    ("ec-parameters-explicit.der", Format::Parameters),
    ("ec-parameters.der", Format::Parameters),
    ("ec-parameters.pem", Format::Parameters),
    ("files.tar", Format::Archive),
    ("files.zip", Format::Zip),
    ("followed.der", Format::Certificate),
    ("indefinite.p7b", Format::Pkcs7),
    ("key.blob", Format::MicrosoftKey),
    ("key.enc", Format::EncryptedFile),
    ("key.gpg", Format::OpenPgp),
    ("key.gpg.asc", Format::OpenPgp),
    ("key.pvk", Format::MicrosoftKey),
    ("list.der", Format::CertificateRevocationList),
    ("list.pem", Format::CertificateRevocationList),
    ("list.pem.gz", Format::Gzip),
    ("openssh.pub", Format::PublicKey),
    ("public-pkcs1.der", Format::PublicKey),
    ("public.der", Format::PublicKey),
    ("store.jceks", Format::JavaKeyStore),
    ("store.jks", Format::JavaKeyStore),
];

fn person(name: &str) -> Vec<u8> {
    match name {
        // Of no known kind, in BER.
        "attribute-less.ber" => vec![0x30, 0x80, 0x0C, 1, b'x', 0, 0],
        name => vector(&format!("people/{name}")),
    }
}

fn key(name: &str) -> Vec<u8> {
    let loader = loader().passphrase(passphrase());
    let key = loader.open_key(&person(name));
    let key = key.unwrap_or_else(|error| panic!("{name}: {error}"));
    key.secret_pkcs8().secret_pkcs8_der().to_vec()
}

#[test]
fn what_cannot_be_opened_is_named_for_what_it_is() {
    for (name, format) in NAMED {
        let found = Loader::new().inspect(&person(name)).unwrap();
        assert_eq!(found[0].format(), format, "{name}");
        let error = Loader::new().open_key(&person(name)).unwrap_err();
        let shown = error.to_string();
        assert!(!shown.contains("dash"), "{name}: {shown}");
        if format != Format::Certificate {
            assert!(shown.contains(&format.to_string()), "{name}: {shown}");
        }
    }
}

#[test]
fn padding_behind_der_is_ignored_and_anything_else_is_named() {
    load(&person("padded.der"), &vector("key.pem")).unwrap();
    let error = load(&person("followed.der"), &vector("key.pem")).unwrap_err();
    assert!(matches!(
        error,
        Error::UnsupportedFormat {
            input: Input::Certificate,
            format: Format::DamagedDer
        }
    ));
    let error = load(&person("cut.der"), &vector("key.pem")).unwrap_err();
    assert!(matches!(
        error,
        Error::UnsupportedFormat {
            format: Format::DamagedDer,
            ..
        }
    ));
}

#[test]
fn padding_and_ber_read_alike_inside_and_outside_pem() {
    let (der, certificate) = (vector("key.der"), vector("cert.pem"));
    let padded = pem("PRIVATE KEY", &[&der[..], &[0; 5]].concat());
    load(&certificate, &padded).unwrap();
    let followed = pem("PRIVATE KEY", &[&der[..], b"x"].concat());
    assert!(matches!(
        load(&certificate, &followed),
        Err(Error::KeyDamaged)
    ));

    let length = u32::try_from(der.len() - 4).unwrap().to_be_bytes();
    let long = [&[0x30, 0x84], &length[..], &der[4..]].concat();
    let not_stated = [&[0x30, 0x80], &der[4..], &[0, 0]].concat();
    for ber in [long, not_stated] {
        for input in [pem("PRIVATE KEY", &ber), ber] {
            assert!(matches!(
                load(&certificate, &input),
                Err(Error::UnsupportedFormat {
                    input: Input::Key,
                    format: Format::Ber
                })
            ));
        }
    }
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    let text = der::pem::encode_string(label, der::pem::LineEnding::LF, der);
    text.unwrap().into_bytes()
}

#[test]
fn key_without_primes_or_crt_numbers_is_completed() {
    let whole = vector("key.der");
    for name in ["rsa-ned-zeros", "rsa-ned", "rsa-primes-zeros", "rsa-primes"] {
        assert_eq!(key(&format!("{name}.pem")), whole, "{name}");
    }
    let error = Loader::new().open_key(&person("rsa-ned-damaged.pem"));
    assert!(matches!(error, Err(Error::KeyDamaged)));
}

#[test]
fn an_ed25519_key_of_any_library_gives_the_same_key() {
    let whole = Loader::new().open_key(&vector("ed25519.key")).unwrap();
    for name in ["ed25519-ring.pem", "ed25519-v2.pem", "ed25519-bare.pem"] {
        assert_eq!(key(name), whole.secret_pkcs8().secret_pkcs8_der(), "{name}");
    }
    // With another public key in it.
    let text = vector_text("people/ed25519-ring.pem");
    let last = text.lines().nth(2).unwrap();
    let other = format!("B{}", &last[1..]);
    assert_ne!(last, other);
    let damaged = Loader::new().open_key(text.replace(last, &other).as_bytes());
    assert!(matches!(damaged, Err(Error::KeyDamaged)));
}

#[test]
fn of_an_encrypted_key_what_is_certain_is_told() {
    let open = |name: &str, loader: Loader| loader.open_key(&person(name)).unwrap_err();
    let right = || loader().passphrase(passphrase());
    let wrong = || loader().passphrase(identity::Passphrase::new("wrong"));
    for name in ["small-pbes2.pem", "small-pbe.pem", "small-traditional.pem"] {
        let error = open(name, right());
        assert!(
            matches!(error, Error::KeyTooSmall { bits: 1024 }),
            "{name}: {error}"
        );
        assert!(
            matches!(open(name, wrong()), Error::PassphraseOrDamaged),
            "{name}"
        );
    }
    let error = open("rare-curve-pbes2.pem", right());
    assert!(
        matches!(&error, Error::UnsupportedKeyAlgorithm { oid, name: Some(_) } if oid == "1.3.132.0.16"),
        "{error}"
    );
    let error = open("dsa-traditional.pem", right());
    assert!(
        matches!(
            error,
            Error::UnsupportedKeyAlgorithm {
                name: Some("DSA"),
                ..
            }
        ),
        "{error}"
    );
    for name in ["rare-curve-pbes2.pem", "dsa-traditional.pem"] {
        assert!(
            matches!(open(name, wrong()), Error::PassphraseOrDamaged),
            "{name}"
        );
    }
}

#[test]
fn pem_inside_json_xml_or_a_url_is_read() {
    let plain = load(&vector("chain.pem"), &vector("key.pem")).unwrap();
    for name in [
        "javascript.json",
        "php.json",
        "dotnet.json",
        "twice.json",
        "url.txt",
        "attribute.xml",
    ] {
        let loaded = load(&person(name), &person(name));
        let loaded = loaded.unwrap_or_else(|error| panic!("{name}: {error}"));
        let [loaded, plain] = [&loaded, &plain].map(identity::Loaded::identity);
        assert_eq!(
            loaded.certificate_chain(),
            plain.certificate_chain(),
            "{name}"
        );
        assert_eq!(loaded.secret_key(), plain.secret_key(), "{name}");
    }
}

#[test]
fn base64_without_its_frame_is_read() {
    let body = |name: &str| -> String {
        vector_text(name)
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect()
    };
    load(body("cert.pem").as_bytes(), body("key.pem").as_bytes()).unwrap();
    let cut = &body("cert.pem")[..400];
    let error = load(cut.as_bytes(), &vector("key.pem")).unwrap_err();
    assert!(matches!(
        error,
        Error::UnsupportedFormat {
            format: Format::Unrecognised,
            ..
        }
    ));
}

#[test]
fn names_in_strings_of_old_types_are_shown_as_text() {
    for name in ["teletex.pem", "bmp.pem", "universal.pem"] {
        let found = Loader::new().inspect(&person(name)).unwrap();
        let certificate = found[0].certificate().unwrap_or_else(|| panic!("{name}"));
        assert_eq!(
            certificate.subject(),
            "O=Grün, CN=old.example.com",
            "{name}"
        );
        assert_eq!(certificate.issuer(), certificate.subject());
        assert_eq!(certificate.common_name(), Some("old.example.com"), "{name}");
    }
}
