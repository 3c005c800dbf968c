//! Requests that the portal refuses because a CA would: the standards' rules beyond the guide's.

use hyper::StatusCode;
use mock_napi::{Account, Field, MockNapi, ProblemCode};

use crate::client::{portal, problems, text, upload};
use crate::forge::{
    BMP, CHALLENGE_PASSWORD, COMMON_NAME, COUNTRY, EXTENSION_REQUEST, Forged, IA5, LOCALITY,
    MICROSOFT_EXTENSIONS, ORGANIZATION, PRINTABLE, SERIAL, STATE, T61, UNIT, UTF8, attribute,
    extension, name, tlv,
};
use crate::request::Request;

async fn start() -> MockNapi {
    MockNapi::builder().start().await.unwrap()
}

/// Checks that each request gets the expected problems and no others; nothing is granted where
/// it is nothing.
async fn judges(cases: impl IntoIterator<Item = (&str, Forged, &[(Field, ProblemCode)])>) {
    let mock = start().await;
    for (case, request, expected) in cases {
        let response = upload(&mock, Account::ACME, "", request.der()).await;
        if expected.is_empty() {
            assert_eq!(
                response.status(),
                StatusCode::CREATED,
                "{case}: {}",
                text(&response)
            );
            continue;
        }
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{case}");
        let problems = problems(&response);
        let found: Vec<_> = problems.iter().map(|it| (it.field, it.code)).collect();
        assert_eq!(found, expected, "{case}");
    }
}

#[tokio::test]
async fn invisible_characters_are_refused() {
    let mock = start().await;
    let invisible = "\0 \u{1b} \t \n \u{7f} \u{9b} \u{200b} \u{202e} \u{2066} \u{2028} \u{feff} \u{fffd} \u{e000}";
    for character in invisible.split(' ') {
        let name = format!("Example{character} Ltd");
        let request = Forged::good().value(ORGANIZATION, UTF8, name.as_bytes());
        let response = upload(&mock, Account::ACME, "", request.der()).await;
        let problems = problems(&response);
        assert_eq!(problems.len(), 1, "{character:?}");
        assert_eq!(problems[0].field, Field::Organization);
        assert_eq!(problems[0].code, ProblemCode::ControlCharacter);
        assert!(!problems[0].message.contains(character), "{character:?}");
    }
    // In a name for machines too, and beside what else is wrong with it.
    let nul = Forged::good().value(COMMON_NAME, UTF8, b"api.example.com\0.evil.example");
    let response = upload(&mock, Account::ACME, "", nul.der()).await;
    let codes: Vec<_> = problems(&response).iter().map(|it| it.code).collect();
    let expected = [
        ProblemCode::ControlCharacter,
        ProblemCode::NotFullyQualified,
    ];
    assert_eq!(codes, expected);
}

#[tokio::test]
async fn values_beyond_their_upper_bound_are_refused() {
    let mock = start().await;
    for (kind, tag, field, longest) in [
        (ORGANIZATION, UTF8, Field::Organization, 64),
        (UNIT, UTF8, Field::OtherSubject, 64),
        (LOCALITY, UTF8, Field::Locality, 128),
        (STATE, UTF8, Field::State, 128),
        (SERIAL, PRINTABLE, Field::OtherSubject, 64),
    ] {
        for (length, is_granted) in [(longest, true), (longest + 1, false), (60_000, false)] {
            // Characters count, not bytes.
            let letter = if tag == UTF8 && length < 1000 {
                "é"
            } else {
                "e"
            };
            let text_of_it = letter.repeat(length);
            let request = Forged::good().value(kind, tag, text_of_it.as_bytes());
            let response = upload(&mock, Account::ACME, "?valid_to=-1", request.der()).await;
            assert_eq!(
                response.status() == StatusCode::CREATED,
                is_granted,
                "{field:?} {length}"
            );
            if !is_granted {
                let found = problems(&response);
                assert_eq!(
                    (found[0].field, found[0].code),
                    (field, ProblemCode::TooLong)
                );
                assert_eq!(found.len(), 1);
            }
        }
    }
    let label = "a".repeat(30);
    let fits = format!("{label}.{label}.ca");
    for (common_name, expected) in [
        (fits.clone(), &[][..]),
        (
            format!("a{fits}"),
            &[(Field::CommonName, ProblemCode::TooLong)],
        ),
    ] {
        let request = Forged::good().value(COMMON_NAME, UTF8, common_name.as_bytes());
        judges([("common name", request, expected)]).await;
    }
}

#[tokio::test]
async fn country_is_of_iso_3166_in_a_printable_string() {
    let country = |tag, code: &[u8]| Forged::good().value(COUNTRY, tag, code);
    let unknown: &[_] = &[(Field::Country, ProblemCode::UnknownCountry)];
    let wrong_type: &[_] = &[(Field::Country, ProblemCode::WrongStringType)];
    judges([
        ("GB", country(PRINTABLE, b"GB"), &[][..]),
        ("ZZ", country(PRINTABLE, b"ZZ"), unknown),
        ("UK", country(PRINTABLE, b"UK"), unknown),
        ("EU", country(PRINTABLE, b"EU"), unknown),
        ("UTF8String", country(UTF8, b"CA"), wrong_type),
        ("IA5String", country(IA5, b"CA"), wrong_type),
        ("BMPString", country(BMP, b"\0C\0A"), wrong_type),
    ])
    .await;
}

#[tokio::test]
async fn value_has_a_string_type_of_its_attribute() {
    let of = |tag, value: &[u8]| Forged::good().value(ORGANIZATION, tag, value);
    let wrong: &[_] = &[(Field::Organization, ProblemCode::WrongStringType)];
    let illegal: &[_] = &[(Field::Organization, ProblemCode::IllegalForType)];
    let email: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
    let serial: &[_] = &[(Field::OtherSubject, ProblemCode::WrongStringType)];
    judges([
        ("printable", of(PRINTABLE, b"Example Ltd"), &[][..]),
        ("IA5String", of(IA5, b"Example Ltd"), wrong),
        ("T61String", of(T61, b"Example Ltd"), wrong),
        ("BMPString", of(BMP, b"\0E\0x"), wrong),
        ("underscore", of(PRINTABLE, b"Example_Ltd"), illegal),
        (
            "UTF-8 as printable",
            of(PRINTABLE, "Société".as_bytes()),
            illegal,
        ),
        ("no UTF-8", of(UTF8, b"Soci\xe9t\xe9"), illegal),
        (
            "serial number",
            Forged::good().value(SERIAL, UTF8, b"1"),
            serial,
        ),
        (
            "e-mail address",
            Forged::good().value(email, UTF8, b"someone"),
            serial,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_value_without_letter_or_digit_is_missing() {
    let of = |value: &[u8]| Forged::good().value(STATE, UTF8, value);
    let missing: &[_] = &[(Field::State, ProblemCode::Missing)];
    judges([
        ("empty", of(b""), missing),
        ("blanks", of(b"  "), missing),
        ("a dot", of(b"."), missing),
        ("hyphens", of(b"--"), missing),
        ("a script without case", of("東京".as_bytes()), &[]),
    ])
    .await;
}

#[tokio::test]
async fn a_subject_is_made_of_names_of_one_attribute_each() {
    let two = [
        attribute(ORGANIZATION, UTF8, b"Example Ltd"),
        attribute(UNIT, UTF8, b"Identity"),
    ];
    let multi_valued = Forged::good().relative_name(ORGANIZATION, tlv(0x31, &two.concat()));
    let empty = Forged::good().relative_name(SERIAL, tlv(0x31, &[]));
    let again = [name(UNIT, UTF8, b"one"), name(UNIT, UTF8, b"two")].concat();
    let repeated = Forged::good().relative_name(SERIAL, again);
    judges([
        (
            "two in one",
            multi_valued,
            &[(Field::OtherSubject, ProblemCode::MultiValued)][..],
        ),
        (
            "none in one",
            empty,
            &[(Field::OtherSubject, ProblemCode::EmptyName)],
        ),
        (
            "one twice",
            repeated,
            &[(Field::OtherSubject, ProblemCode::Repeated)],
        ),
    ])
    .await;
}

fn dns(name: &[u8]) -> Vec<u8> {
    extension(17, &tlv(0x30, &tlv(0x82, name)))
}

#[tokio::test]
async fn extensions_are_asked_for_once() {
    let one = || dns(b"one.example.com");
    let list = |extensions: &[Vec<u8>]| tlv(0x30, &extensions.concat());
    let attributes: &[_] = &[(Field::Attributes, ProblemCode::Repeated)];
    let malformed: &[_] = &[(Field::Attributes, ProblemCode::Malformed)];
    let second = Forged::good()
        .extensions(&[one()])
        .extensions(&[extension(17, &tlv(0x30, &tlv(0x82, b"two.example.com")))]);
    let duplicate: &[_] = &[
        (Field::Attributes, ProblemCode::Repeated),
        (Field::Extensions, ProblemCode::Repeated),
    ];
    let password = || tlv(UTF8, b"password");
    judges([
        ("once", Forged::good().extensions(&[one()]), &[][..]),
        ("a second attribute", second, duplicate),
        (
            "a second value",
            Forged::good().attribute(EXTENSION_REQUEST, &[list(&[one()]), list(&[one()])]),
            duplicate,
        ),
        (
            "one extension twice",
            Forged::good().extensions(&[one(), one()]),
            &[(Field::Extensions, ProblemCode::Repeated)],
        ),
        ("an empty list", Forged::good().extensions(&[]), malformed),
        (
            "no value",
            Forged::good().attribute(EXTENSION_REQUEST, &[]),
            malformed,
        ),
        (
            "in Microsoft's attribute",
            Forged::good().attribute(MICROSOFT_EXTENSIONS, &[list(&[one()])]),
            &[(Field::Attributes, ProblemCode::Unsupported)],
        ),
        (
            "a challenge password, as openssl asks for",
            Forged::good().attribute(CHALLENGE_PASSWORD, &[password()]),
            &[],
        ),
        (
            "two challenge passwords",
            Forged::good().attribute(CHALLENGE_PASSWORD, &[password(), password()]),
            attributes,
        ),
    ])
    .await;
}

#[tokio::test]
async fn extensions_are_those_of_a_client() {
    let usage = |bits: &[u8]| Forged::good().extensions(&[extension(15, &tlv(3, bits))]);
    let one = |arc, value: &[u8]| Forged::good().extensions(&[extension(arc, value)]);
    let key_usage: &[_] = &[(Field::Extensions, ProblemCode::KeyUsage)];
    let ca: &[_] = &[(Field::Extensions, ProblemCode::CertificateAuthority)];
    let malformed: &[_] = &[(Field::Extensions, ProblemCode::Malformed)];
    let no_name: &[_] = &[(Field::SubjectAltName, ProblemCode::Malformed)];
    let is_ca = tlv(0x30, &tlv(1, &[0xff]));
    let critical = tlv(
        0x30,
        &[tlv(6, &[0x2a, 3, 4]), tlv(1, &[0xff]), tlv(4, &[5, 0])].concat(),
    );
    let not_critical = tlv(0x30, &[tlv(6, &[0x2a, 3, 4]), tlv(4, &[5, 0])].concat());
    let client_auth = tlv(0x30, &tlv(6, &[0x2b, 6, 1, 5, 5, 7, 3, 2]));
    judges([
        ("digitalSignature", usage(&[7, 0x80]), &[][..]),
        ("with keyEncipherment", usage(&[5, 0xa0]), &[]),
        ("client authentication", one(37, &client_auth), &[]),
        ("no CA", one(19, &tlv(0x30, &[])), &[]),
        ("unknown", Forged::good().extensions(&[not_critical]), &[]),
        ("no bit", usage(&[0]), key_usage),
        ("no bit of eight", usage(&[0, 0]), key_usage),
        ("keyEncipherment alone", usage(&[5, 0x20]), key_usage),
        ("keyAgreement", usage(&[3, 0x88]), key_usage),
        ("decipherOnly", usage(&[7, 0x80, 0x80]), key_usage),
        ("keyCertSign", usage(&[2, 0x84]), ca),
        ("cRLSign", usage(&[1, 0x82]), ca),
        ("bits beyond the end", usage(&[7, 0x81]), malformed),
        ("a CA", one(19, &is_ca), ca),
        ("constraints on names", one(30, &tlv(0x30, &[])), ca),
        ("no usage in the list", one(37, &tlv(0x30, &[])), malformed),
        ("no list of usages", one(37, &[5, 0]), malformed),
        ("no alternative name", one(17, &tlv(0x30, &[])), no_name),
        ("no list of names", one(17, &[5, 0]), no_name),
        (
            "unknown and critical",
            Forged::good().extensions(&[critical]),
            &[(Field::Extensions, ProblemCode::Unsupported)],
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_request_has_version_0_and_bits_that_count() {
    let bit_strings: &[_] = &[(Field::Key, ProblemCode::UnusedBits)];
    let mock = start().await;
    let version: &[_] = &[(Field::Request, ProblemCode::Version)];
    judges([
        ("good", Forged::good(), &[][..]),
        ("version 1", Forged::good().version(&[1]), version),
        ("version 2", Forged::good().version(&[2]), version),
        ("negative", Forged::good().version(&[0xff]), version),
    ])
    .await;
    for (request, expected) in [
        (Forged::good().unused_bits_of_key(), bit_strings),
        (
            Forged::good().unused_bits_of_signature(),
            &[(Field::Signature, ProblemCode::UnusedBits)],
        ),
    ] {
        let response = upload(&mock, Account::ACME, "", request.der()).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        let found = &problems(&response)[0];
        assert_eq!((found.field, found.code), expected[0]);
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_secure_is_refused() {
    let prime_like = [&[0][..], &[0xff; 255], &[0xc5]].concat();
    let even = [&[0][..], &[0xff; 255], &[0xc4]].concat();
    let huge = [&[0][..], &[0xff; 1100]].concat();
    let weak: &[_] = &[(Field::Key, ProblemCode::WeakKey)];
    judges([
        ("exponent 1", Forged::good().key(&prime_like, &[1]), weak),
        (
            "even exponent",
            Forged::good().key(&prime_like, &[1, 0, 0]),
            weak,
        ),
        ("even modulus", Forged::good().key(&even, &[1, 0, 1]), weak),
        (
            "8800 bits",
            Forged::good().key(&huge, &[1, 0, 1]),
            &[(Field::Key, ProblemCode::KeyTooLarge)],
        ),
    ])
    .await;
}

#[tokio::test]
async fn control_signs_for_a_parent_as_the_portal() {
    let mock = start().await;
    let path = "/mock/v1/accounts/acme/certificates";
    let refused = portal(&mock, "POST", path, None, "not a request").await;
    assert_eq!(problems(&refused)[0].code, ProblemCode::NotARequest);
    let granted = portal(&mock, "POST", path, None, Request::good().pem()).await;
    assert_eq!(granted.status(), StatusCode::CREATED);
    assert!(text(&granted).starts_with("-----BEGIN CERTIFICATE-----"));
    let unknown = "/mock/v1/accounts/acme-eu/certificates";
    let unknown = portal(&mock, "POST", unknown, None, Request::good().pem()).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}
