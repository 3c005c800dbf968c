//! Private keys of each algorithm: whether they are whole, and the one form in which they are
//! written.

#![expect(
    clippy::panic,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use identity::{Error, Fingerprint, KeyAlgorithm, Loader, PrivateKey};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::round_trip::asn1::{
    NULL, bits, components, content, element, explicit, identifier, integer, octets, sequence,
};
use crate::round_trip::keys::{
    EC_PUBLIC_KEY, ED25519, KEYS, P256, P384, TestKey, ec_algorithm, ec_private_key, inner,
    private_key_info,
};

fn open(der: &[u8]) -> Result<PrivateKey, Error> {
    Loader::new().open_key(der)
}

/// Returns the key as it is written, if it is whole.
fn written(der: &[u8]) -> Result<Vec<u8>, Error> {
    open(der).map(|key| key.secret_pkcs8().secret_pkcs8_der().to_vec())
}

fn is_damaged(der: &[u8]) -> bool {
    matches!(open(der), Err(Error::KeyDamaged))
}

fn key(name: &str) -> &'static TestKey {
    KEYS.iter().find(|key| key.name == name).unwrap()
}

#[test]
fn every_algorithm_is_known_by_its_name() {
    let names: Vec<_> = KEYS
        .iter()
        .map(|key| open(&key.pkcs8).unwrap().algorithm())
        .collect();
    assert_eq!(
        names,
        [
            KeyAlgorithm::Rsa { bits: 2048 },
            KeyAlgorithm::EcP256,
            KeyAlgorithm::EcP384,
            KeyAlgorithm::Ed25519,
        ]
    );
}

#[test]
fn public_key_digest_is_that_of_its_certificate() {
    for key in KEYS.iter() {
        let digest: String = Sha256::digest(&key.public)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let found: Fingerprint = open(&key.pkcs8).unwrap().public_key_sha256();
        assert_eq!(found.to_string(), digest, "{key:?}");
    }
}

#[test]
fn the_written_form_opens_as_itself() {
    for key in KEYS.iter() {
        let once = written(&key.pkcs8).unwrap();
        assert!(written(&once).unwrap() == once, "{key:?}");
    }
}

#[test]
fn attributes_and_extensions_are_dropped() {
    let attribute = sequence(&[
        &identifier("1.2.840.113549.1.9.20"),
        &element(0x31, &element(0x0C, b"friendly name")),
    ]);
    for key in KEYS.iter() {
        let plain = written(&key.pkcs8).unwrap();
        let parts = components(&key.pkcs8);
        for more in [&explicit(0, &attribute)[..], &explicit(0, &[])] {
            let der = private_key_info(0, &parts[1], content(&parts[2]), &[more]);
            assert!(written(&der).unwrap() == plain, "{key:?}");
        }
    }
}

#[test]
fn a_structure_of_another_version_is_damaged() {
    for key in KEYS.iter() {
        let parts = components(&key.pkcs8);
        let with = |version, more: &[&[u8]]| {
            private_key_info(version, &parts[1], content(&parts[2]), more)
        };
        assert!(open(&with(0, &[])).is_ok(), "{key:?}");
        for version in [1, 2, 3, 255] {
            assert!(is_damaged(&with(version, &[])), "{key:?}, {version}");
        }
        // A public key belongs to version 2, whose number is 1.
        let public = element(0x81, &[0, 1, 2, 3]);
        assert!(is_damaged(&with(0, &[&public])), "{key:?}");
    }
}

// Elliptic curves.

struct Curve {
    name: &'static str,
    oid: &'static str,
    other_oid: &'static str,
    order: &'static str,
}

const CURVES: [Curve; 2] = [
    Curve {
        name: "P-256",
        oid: P256,
        other_oid: P384,
        order: "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
    },
    Curve {
        name: "P-384",
        oid: P384,
        other_oid: P256,
        order: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77A\
                ECEC196ACCC52973",
    },
];

impl Curve {
    fn order(&self) -> Vec<u8> {
        let digits = self.order.as_bytes().chunks(2);
        digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// Returns a number in as many bytes as the order has.
    fn scalar(&self, low: u8) -> Vec<u8> {
        let mut scalar = vec![0; self.order().len()];
        *scalar.last_mut().unwrap() = low;
        scalar
    }

    /// Returns the number of a key on this curve, and its point.
    fn pair(&self) -> (Vec<u8>, Vec<u8>) {
        let (_, sec1) = key(self.name).older.as_ref().unwrap();
        let parts = components(sec1);
        let bits = &components(&parts[3])[0];
        (content(&parts[1]).to_vec(), content(bits)[1..].to_vec())
    }

    /// Encodes SEC1 with the parameters that it needs.
    fn sec1(&self, scalar: &[u8], point: Option<&[u8]>) -> Vec<u8> {
        ec_private_key(scalar, Some(&identifier(self.oid)), point)
    }

    /// Encodes PKCS#8 around any structure.
    fn pkcs8(&self, key: &[u8]) -> Vec<u8> {
        private_key_info(0, &ec_algorithm(self.oid), key, &[])
    }

    /// Returns the form in which this number is written, alone and inside PKCS#8; the same in both
    /// cases.
    fn written(&self, scalar: &[u8], point: Option<&[u8]>) -> Result<Vec<u8>, Error> {
        let alone = written(&self.sec1(scalar, point));
        let inside = written(&self.pkcs8(&ec_private_key(scalar, None, point)));
        match (alone, inside) {
            (Ok(alone), Ok(inside)) => {
                assert!(alone == inside, "{}", self.name);
                Ok(alone)
            }
            (Err(Error::KeyDamaged), Err(Error::KeyDamaged)) => Err(Error::KeyDamaged),
            (alone, inside) => panic!("{:?}, {:?}", alone.err(), inside.err()),
        }
    }
}

#[test]
fn scalar_is_at_least_one_and_below_order() {
    for curve in CURVES {
        let order = curve.order();
        let near = |difference: i8| {
            let mut near = order.clone();
            let last = near.last_mut().unwrap();
            *last = last.checked_add_signed(difference).unwrap();
            near
        };
        assert!(curve.written(&curve.scalar(1), None).is_ok());
        assert!(curve.written(&near(-1), None).is_ok());
        let highest = vec![0xFF; order.len()];
        for refused in [curve.scalar(0), order.clone(), near(1), highest, Vec::new()] {
            assert!(curve.written(&refused, None).is_err(), "{refused:02X?}");
        }
    }
}

#[test]
fn scalar_may_have_too_few_or_many_leading_zeros() {
    for curve in CURVES {
        let plain = curve.written(&curve.scalar(7), None).unwrap();
        for digits in [
            &[7][..],
            &[0, 7],
            &[&[0], &curve.scalar(7)[..]].concat(),
            &[&[0; 100], &curve.scalar(7)[..]].concat(),
        ] {
            assert!(curve.written(digits, None).unwrap() == plain);
        }
        let surplus = [&[1], &curve.scalar(7)[..]].concat();
        assert!(curve.written(&surplus, None).is_err());
    }
}

#[test]
fn the_public_key_may_be_absent_and_is_written_then() {
    for curve in CURVES {
        let (scalar, point) = curve.pair();
        let with = curve.written(&scalar, Some(&point)).unwrap();
        assert!(curve.written(&scalar, None).unwrap() == with);
        let written = components(&inner(&with));
        assert_eq!(written.len(), 3);
        assert_eq!(written[2], explicit(1, &bits(&point)));
    }
}

#[test]
fn a_stated_public_key_must_be_that_of_the_scalar() {
    for curve in CURVES {
        let (scalar, point) = curve.pair();
        let plain = curve.written(&scalar, Some(&point)).unwrap();
        let half = point.len() / 2;
        let sign = point.last().unwrap() & 1;
        let compressed = |sign| [&[0x02 | sign], &point[1..=half]].concat();
        assert!(curve.written(&scalar, Some(&compressed(sign))).unwrap() == plain);
        for stated in [
            compressed(1 - sign),
            // The point at infinity, a hybrid form, a cut point, one that is not on the curve.
            vec![0],
            [&[0x06 | sign], &point[1..]].concat(),
            point[..half].to_vec(),
            [&point[..half], &point[1..=half], &[7]].concat(),
            Vec::new(),
        ] {
            assert!(curve.written(&scalar, Some(&stated)).is_err());
        }
        // The right point of another scalar.
        assert!(curve.written(&curve.scalar(7), Some(&point)).is_err());
    }
}

#[test]
fn a_point_of_bits_that_are_no_bytes_is_damaged() {
    let curve = &CURVES[0];
    let (scalar, mut point) = curve.pair();
    *point.last_mut().unwrap() &= 0xFE;
    let odd = element(0x03, &[&[1], &point[..]].concat());
    let parameters = explicit(0, &identifier(curve.oid));
    let der = sequence(&[
        &integer(1),
        &octets(&scalar),
        &parameters,
        &explicit(1, &odd),
    ]);
    assert!(is_damaged(&der));
}

#[test]
fn parameters_stand_outside_or_inside_or_in_both_alike() {
    for curve in CURVES {
        let (scalar, point) = curve.pair();
        let plain = curve.written(&scalar, Some(&point)).unwrap();
        let inside = |curve: &Curve| curve.sec1(&scalar, Some(&point));
        assert!(written(&curve.pkcs8(&inside(&curve))).unwrap() == plain);
        let only_inside = sequence(&[&identifier(EC_PUBLIC_KEY)]);
        let der = private_key_info(0, &only_inside, &inside(&curve), &[]);
        assert!(written(&der).unwrap() == plain);

        let other = private_key_info(0, &ec_algorithm(curve.other_oid), &inside(&curve), &[]);
        assert!(is_damaged(&other));
        let bare = ec_private_key(&scalar, None, Some(&point));
        assert!(is_of_no_named_curve(&bare));
        let bare = private_key_info(0, &only_inside, &bare, &[]);
        assert!(is_of_no_named_curve(&bare));
    }
}

#[test]
fn an_elliptic_curve_key_of_another_version_is_damaged() {
    for curve in CURVES {
        let parts = components(&curve.sec1(&curve.scalar(7), None));
        let with = |version| sequence(&[&integer(version), &parts[1], &parts[2]]);
        assert!(open(&with(1)).is_ok());
        for version in [0, 2, 3, 257] {
            assert!(is_damaged(&with(version)), "{version}");
            assert!(is_damaged(&curve.pkcs8(&with(version))), "{version}");
        }
    }
}

fn is_of_no_named_curve(der: &[u8]) -> bool {
    matches!(open(der), Err(Error::UnsupportedKeyAlgorithm { oid, .. }) if oid == EC_PUBLIC_KEY)
}

/// Returns the identifier that is named, alone and inside PKCS#8, and whether it has a name.
fn unsupported_curve(parameters: &[u8]) -> (String, bool) {
    let alone = open(&ec_private_key(&[7; 32], Some(parameters), None));
    let algorithm = sequence(&[&identifier(EC_PUBLIC_KEY), parameters]);
    let key = ec_private_key(&[7; 32], None, None);
    let inside = open(&private_key_info(0, &algorithm, &key, &[]));
    let named = |result: Result<PrivateKey, Error>| match result {
        Err(Error::UnsupportedKeyAlgorithm { oid, name, .. }) => (oid, name.is_some()),
        other => panic!("{other:?}"),
    };
    let (alone, inside) = (named(alone), named(inside));
    assert_eq!(alone, inside);
    alone
}

#[test]
fn another_curve_is_named() {
    for (oid, is_known) in [
        ("1.3.132.0.10", true),
        ("1.3.132.0.33", true),
        ("1.3.132.0.35", true),
        ("1.2.840.10045.3.1.1", true),
        ("1.3.36.3.3.2.8.1.1.7", true),
        ("1.2.3.4", false),
    ] {
        let found = unsupported_curve(&identifier(oid));
        assert_eq!(found, (oid.to_owned(), is_known));
    }
}

#[test]
fn a_curve_that_is_written_out_is_named_as_such() {
    let prime_field = sequence(&[&identifier("1.2.840.10045.1.1"), &integer(23)]);
    let coefficients = sequence(&[&octets(&[1]), &octets(&[1])]);
    let written_out = sequence(&[
        &integer(1),
        &prime_field,
        &coefficients,
        &octets(&[4, 3, 10]),
        &integer(7),
    ]);
    for parameters in [&written_out[..], NULL] {
        let found = unsupported_curve(parameters);
        assert_eq!(found, (EC_PUBLIC_KEY.to_owned(), true));
    }
}

// Ed25519.

fn ed25519(version: u64, key: &[u8], more: &[&[u8]]) -> Vec<u8> {
    private_key_info(version, &sequence(&[&identifier(ED25519)]), key, more)
}

#[test]
fn an_ed25519_seed_has_32_bytes() {
    assert!(open(&ed25519(0, &octets(&[7; 32]), &[])).is_ok());
    for length in [0, 31, 33, 64] {
        let seed = octets(&vec![7; length]);
        assert!(is_damaged(&ed25519(0, &seed, &[])), "{length}");
    }
    // The number without the OCTET STRING around it is read too, and nothing else is.
    assert!(open(&ed25519(0, &[7; 32], &[])).is_ok());
    for length in [31, 33, 64] {
        assert!(is_damaged(&ed25519(0, &vec![7; length], &[])), "{length}");
    }
    let more = [&octets(&[7; 32])[..], NULL].concat();
    assert!(is_damaged(&ed25519(0, &more, &[])));
}

#[test]
fn stated_ed25519_public_key_must_match_seed() {
    let key = key("Ed25519");
    let plain = written(&key.pkcs8).unwrap();
    let seed = octets(&key.secrets[0]);
    let public = &key.public[key.public.len() - 32..];
    let version_2 = |public: &[u8], attributes: &[u8]| {
        let public = element(0x81, &[&[0], public].concat());
        written(&ed25519(1, &seed, &[attributes, &public]))
    };
    assert!(version_2(public, &[]).unwrap() == plain);
    assert!(version_2(public, &explicit(0, &[])).unwrap() == plain);
    let mut other = public.to_vec();
    other[31] ^= 0x80;
    for wrong in [&other[..], &public[1..], &[]] {
        let result = version_2(wrong, &[]);
        assert!(matches!(result, Err(Error::KeyDamaged)));
    }
}

// RSA.

#[test]
fn an_rsa_key_of_several_primes_is_named() {
    let (_, pkcs1) = key("RSA").older.as_ref().unwrap();
    let numbers = components(pkcs1);
    let with = |version: &[u8], more: &[u8]| sequence(&[version, &numbers[1..].concat(), more]);
    let prime = sequence(&[&integer(5), &integer(1), &integer(2)]);
    let several = with(&integer(1), &sequence(&[&prime]));
    for der in [
        several.clone(),
        private_key_info(0, &components(&key("RSA").pkcs8)[1], &several, &[]),
    ] {
        let result = open(&der);
        assert!(
            matches!(
                result,
                Err(Error::UnsupportedKeyAlgorithm { name: Some(_), .. })
            ),
            "{result:?}"
        );
    }
    // The version says whether there are more than two.
    assert!(open(&with(&integer(0), &[])).is_ok());
    assert!(is_damaged(&with(&integer(1), &[])));
    assert!(is_damaged(&with(&integer(0), &sequence(&[&prime]))));
    assert!(is_damaged(&with(&integer(2), &[])));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn scalar_is_same_key_with_and_without_leading_zeros(
        zeros in 0..31_usize,
        low in any::<[u8; 32]>(),
    ) {
        for curve in CURVES {
            let mut full = curve.scalar(0);
            let start = full.len() - 31 + zeros;
            full[start..].copy_from_slice(&low[..31 - zeros]);
            let short: Vec<u8> = full.iter().copied().skip_while(|byte| *byte == 0).collect();
            let (full, short) = (curve.written(&full, None), curve.written(&short, None));
            prop_assert!(full.ok() == short.ok());
        }
    }

    #[test]
    fn flipped_bit_of_ec_key_with_point_is_noticed(
        index in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        for curve in CURVES {
            let (scalar, point) = curve.pair();
            let der = curve.sec1(&scalar, Some(&point));
            let plain = written(&der).unwrap();
            let mut changed = der.clone();
            changed[index.index(der.len())] ^= 1_u8 << bit;
            if let Ok(changed) = written(&changed) {
                prop_assert!(changed == plain);
            }
        }
    }
}
