//! Any key in any container, under any supported encryption, in any spelling, opens as itself.
//!
//! The files are written by code of the tests and by the crate `pkcs5`, not by what is tested.

pub(crate) mod asn1;
pub(crate) mod keys;
pub(crate) mod protection;

use identity::{Error, Loader, Passphrase};
use proptest::prelude::*;

use self::keys::{KEYS, TestKey};
use self::protection::{Cipher, Derivation, File, Prf, PrfSpelling, Protection};
use crate::support::vector_text;

// Every key opens from every container under every protection, with the plainest spelling.
#[test]
fn every_container_of_every_key_opens_under_every_protection() {
    for key in KEYS.iter() {
        let expected = opened(&key.pkcs8, None).unwrap();
        for protection in every_protection() {
            for (label, der) in containers(key, &protection) {
                let file = protection.write(label, der, b"correct horse");
                let case = format!("{key:?}, {label}, {protection:?}");
                let pem = file.pem(64).into_bytes();
                assert_opens(&pem, &protection, b"correct horse", &expected, &case);
                if file.headers.is_empty() {
                    assert_opens(&file.der, &protection, b"correct horse", &expected, &case);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_key_protection_and_spelling_opens_as_itself(
        key in prop::sample::select((0..KEYS.len()).collect::<Vec<_>>()),
        container in any::<prop::sample::Index>(),
        protection in protection(),
        passphrase in passphrase(),
        spelling in spelling(),
    ) {
        let key = &KEYS[key];
        let expected = opened(&key.pkcs8, None).unwrap();
        let containers = containers(key, &protection);
        let (label, der) = containers[container.index(containers.len())];
        let file = protection.write(label, der, &passphrase);
        let case = format!("{key:?}, {label}");
        assert_opens(&spelling.apply(&file), &protection, &passphrase, &expected, &case);
    }
}

/// Opens with the passphrase, and with no other.
fn assert_opens(
    file: &[u8],
    protection: &Protection,
    passphrase: &[u8],
    expected: &[u8],
    case: &str,
) {
    let with = |passphrase: &[u8]| opened(file, Some(passphrase));
    assert!(with(passphrase).expect(case) == expected, "{case}");
    if matches!(protection, Protection::None) {
        assert!(opened(file, None).expect(case) == expected, "{case}");
        return;
    }
    let without = opened(file, None);
    assert!(matches!(without, Err(Error::PassphraseRequired)), "{case}");
    // Not any other: HMAC takes zeros at the end for nothing, and PKCS#12 takes UTF-8 and Latin-1
    // for the same.
    for other in [[b"!", passphrase].concat(), [passphrase, b"!"].concat()] {
        let result = with(&other);
        assert!(matches!(result, Err(Error::PassphraseOrDamaged)), "{case}");
    }
}

fn opened(file: &[u8], passphrase: Option<&[u8]>) -> Result<Vec<u8>, Error> {
    let loader = match passphrase {
        Some(passphrase) => Loader::new().passphrase(Passphrase::new(passphrase)),
        None => Loader::new(),
    };
    let key = loader.open_key(file)?;
    Ok(key.secret_pkcs8().secret_pkcs8_der().to_vec())
}

/// Returns the containers that tools put under such a protection: traditional encryption only goes
/// around older containers.
fn containers<'a>(key: &'a TestKey, protection: &Protection) -> Vec<(&'static str, &'a [u8])> {
    let pkcs8 = ("PRIVATE KEY", &key.pkcs8[..]);
    let older = key.older.as_ref().map(|(label, der)| (*label, &der[..]));
    match (protection, older) {
        (Protection::None, Some(older)) => vec![pkcs8, older],
        (Protection::Traditional { .. }, Some(older)) => vec![older],
        _ => vec![pkcs8],
    }
}

fn every_protection() -> Vec<Protection> {
    let scrypt = Derivation::Scrypt {
        log_n: 4,
        r: 8,
        p: 1,
    };
    let pbkdf2 = |prf, spelling| Derivation::Pbkdf2 {
        prf,
        iterations: 2,
        spelling,
    };
    let mut derivations = vec![scrypt, pbkdf2(Prf::Sha1, PrfSpelling::Absent)];
    for prf in Prf::ALL {
        for spelling in [PrfSpelling::Library, PrfSpelling::Null, PrfSpelling::NoNull] {
            derivations.push(pbkdf2(prf, spelling));
        }
    }
    let salt = || b"saltsalt".to_vec();
    let vector = [0x5A; 16];
    let mut all = vec![
        Protection::None,
        Protection::Pkcs12 {
            iterations: 2,
            salt: salt(),
        },
    ];
    for cipher in Cipher::ALL {
        all.push(Protection::Traditional { cipher, vector });
        for derivation in &derivations {
            for states_key_length in [false, true] {
                all.push(Protection::Pbes2 {
                    cipher,
                    derivation: *derivation,
                    states_key_length,
                    salt: salt(),
                    vector,
                });
            }
        }
    }
    all
}

fn protection() -> impl Strategy<Value = Protection> {
    let pbes2 = (
        prop::sample::select(Cipher::ALL.to_vec()),
        derivation(),
        any::<bool>(),
        bytes(0..=100),
        any::<[u8; 16]>(),
    );
    let traditional = (
        prop::sample::select(Cipher::ALL.to_vec()),
        any::<[u8; 16]>(),
    );
    prop_oneof![
        1 => Just(Protection::None),
        6 => pbes2.prop_map(|(cipher, derivation, states_key_length, salt, vector)| {
            Protection::Pbes2 { cipher, derivation, states_key_length, salt, vector }
        }),
        2 => (1..=32_u32, bytes(0..=100))
            .prop_map(|(iterations, salt)| Protection::Pkcs12 { iterations, salt }),
        2 => traditional.prop_map(|(cipher, vector)| Protection::Traditional { cipher, vector }),
    ]
}

fn derivation() -> impl Strategy<Value = Derivation> {
    let spellings = vec![
        PrfSpelling::Absent,
        PrfSpelling::Library,
        PrfSpelling::Null,
        PrfSpelling::NoNull,
    ];
    let pbkdf2 = (
        prop::sample::select(Prf::ALL.to_vec()),
        1..=32_u32,
        prop::sample::select(spellings),
    );
    let pbkdf2 = pbkdf2.prop_map(|(prf, iterations, spelling)| Derivation::Pbkdf2 {
        prf: match spelling {
            PrfSpelling::Absent => Prf::Sha1,
            _ => prf,
        },
        iterations,
        spelling,
    });
    let scrypt = (1..=4_u8, 1..=8_u16, 1..=3_u16).prop_map(|(log_n, r, p)| Derivation::Scrypt {
        log_n,
        r,
        p,
    });
    prop_oneof![3 => pbkdf2, 1 => scrypt]
}

/// Returns bytes, which need not be text.
fn passphrase() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => Just(Vec::new()),
        4 => bytes(1..=40),
        2 => "\\PC{1,20}".prop_map(String::into_bytes),
        1 => bytes(1000..=1000),
    ]
}

fn bytes(length: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), length)
}

/// The spelling of a file.
#[derive(Clone, Debug)]
enum Spelling {
    Der,
    Pem {
        mark: bool,
        preamble: String,
        columns: usize,
        before: String,
        after: &'static str,
        postscript: String,
    },
}

fn spelling() -> impl Strategy<Value = Spelling> {
    let columns = prop_oneof![Just(64), Just(76), Just(usize::MAX), 1..100_usize];
    let line_ends = vec![
        "\n", "\r\n", "\r", " ", r"\n", r"\r\n", r"\\n", "\n\n", " \n", "\t\r\n",
    ];
    let around = prop_oneof![
        Just(String::new()),
        "[a-zA-Z :=.]{0,40}",
        Just("Bag Attributes\n    localKeyID: 01 02\nKey Attributes: <No Attributes>".to_owned()),
        Just(vector_text("cert.pem")),
        Just(vector_text("request.pem")),
    ];
    let pem = (
        any::<bool>(),
        around.clone(),
        columns,
        "[ \t]{0,4}",
        prop::sample::select(line_ends),
        around,
    );
    let pem = pem.prop_map(
        |(mark, preamble, columns, before, after, postscript)| Spelling::Pem {
            mark,
            preamble,
            columns,
            before,
            after,
            postscript,
        },
    );
    prop_oneof![1 => Just(Spelling::Der), 5 => pem]
}

impl Spelling {
    /// Returns the file in this spelling; in plain PEM, where DER has no place for its headers.
    fn apply(&self, file: &File) -> Vec<u8> {
        let Self::Pem {
            mark,
            preamble,
            columns,
            before,
            after,
            postscript,
        } = self
        else {
            return if file.headers.is_empty() {
                file.der.clone()
            } else {
                file.pem(64).into_bytes()
            };
        };
        let text = file.pem(*columns);
        let lines: String = text
            .lines()
            .flat_map(|line| [before.as_str(), line, after])
            .collect();
        let mark: &[u8] = if *mark { b"\xEF\xBB\xBF" } else { b"" };
        [
            mark,
            preamble.as_bytes(),
            b"\n",
            lines.as_bytes(),
            b"\n",
            postscript.as_bytes(),
        ]
        .concat()
    }
}
