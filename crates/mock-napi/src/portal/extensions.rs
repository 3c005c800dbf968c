//! The extensions that a request asks for ([RFC 5280, section 4.2]), alternative names aside.
//!
//! The portal decides by itself what a certificate may be used for, so what is asked for beyond
//! names is not copied. What contradicts a client certificate is refused all the same, as a CA does
//! that reads what it is sent: whoever asks for something else would not get it.
//!
//! [RFC 5280, section 4.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2

use x509_parser::asn1_rs::{Any, FromDer, Tag};
use x509_parser::extensions::{BasicConstraints, ExtendedKeyUsage, SubjectAlternativeName};

use crate::portal::structure::Requested;
use crate::problem::{Field, Problem, ProblemCode};

/// Reports everything that is wrong with them.
pub(crate) fn check(requested: &[Requested<'_>], problems: &mut Vec<Problem>) {
    let mut seen: Vec<&[u8]> = Vec::new();
    for extension in requested {
        if seen.contains(&extension.oid) {
            problems.push(problem(
                ProblemCode::Repeated,
                "an extension is asked for more than once",
            ));
        }
        seen.push(extension.oid);
        match extension.oid {
            BASIC_CONSTRAINTS => check_basic_constraints(extension.value, problems),
            EXTENDED_KEY_USAGE => check_extended_key_usage(extension.value, problems),
            KEY_USAGE => check_key_usage(extension.value, problems),
            SUBJECT_ALT_NAME => check_alt_names(extension.value, problems),
            NAME_CONSTRAINTS | POLICY_CONSTRAINTS | INHIBIT_ANY_POLICY => {
                problems.push(problem(ProblemCode::CertificateAuthority, AUTHORITY));
            }
            _ if extension.is_critical => {
                let message = "a critical extension that this portal does not know";
                problems.push(problem(ProblemCode::Unsupported, message));
            }
            _ => {}
        }
    }
}

fn check_basic_constraints(value: &[u8], problems: &mut Vec<Problem>) {
    match BasicConstraints::from_der(value) {
        Ok(([], constraints)) => {
            if constraints.ca || constraints.path_len_constraint.is_some() {
                problems.push(problem(ProblemCode::CertificateAuthority, AUTHORITY));
            }
        }
        _ => problems.push(malformed()),
    }
}

fn check_extended_key_usage(value: &[u8], problems: &mut Vec<Problem>) {
    // The parser takes an empty list, of which RFC 5280 wants one element at least.
    let is_empty = Any::from_der(value).is_ok_and(|(_, usage)| usage.data.is_empty());
    if is_empty || !matches!(ExtendedKeyUsage::from_der(value), Ok(([], _))) {
        problems.push(malformed());
    }
}

/// Checks `KeyUsage ::= BIT STRING` (RFC 5280, section 4.2.1.3), of an RSA key (RFC 3279, section
/// 2.3.1) with which a client signs handshakes.
fn check_key_usage(value: &[u8], problems: &mut Vec<Problem>) {
    let Some(bits) = key_usage(value) else {
        problems.push(malformed());
        return;
    };
    let is_set = |bit: u32| bits & (0x8000 >> bit) != 0;
    let message = if bits == 0 {
        "the key usage has no bit set"
    } else if is_set(5) || is_set(6) {
        problems.push(problem(ProblemCode::CertificateAuthority, AUTHORITY));
        return;
    } else if !is_set(0) {
        "the key usage lacks digitalSignature, without which no client authenticates itself"
    } else if is_set(4) || is_set(7) || is_set(8) {
        "the key usage has keyAgreement, encipherOnly or decipherOnly, which no RSA key has"
    } else {
        return;
    };
    problems.push(problem(ProblemCode::KeyUsage, message));
}

/// Returns the nine bits, the first as the highest of sixteen; `None` if this is no such bit
/// string, or bits beyond its end are set (X.690, section 11.2.1).
fn key_usage(value: &[u8]) -> Option<u16> {
    let (rest, bits) = Any::from_der(value).ok()?;
    if !rest.is_empty() || bits.tag() != Tag::BitString {
        return None;
    }
    let (first, second, unused) = match *bits.data {
        [0] => return Some(0),
        [unused, first] => (first, 0, u32::from(unused)),
        [unused, first, second] => (first, second, u32::from(unused)),
        _ => return None,
    };
    let last = bits.data.last()?;
    (unused <= 7 && u32::from(*last).trailing_zeros() >= unused)
        .then(|| u16::from_be_bytes([first, second]))
}

fn check_alt_names(value: &[u8], problems: &mut Vec<Problem>) {
    match SubjectAlternativeName::from_der(value) {
        Ok(([], names)) if !names.general_names.is_empty() => {}
        _ => problems.push(Problem::new(
            Field::SubjectAltName,
            ProblemCode::Malformed,
            "the subject alternative name is empty, or not as RFC 5280 has it",
        )),
    }
}

fn malformed() -> Problem {
    problem(
        ProblemCode::Malformed,
        "an extension is not as RFC 5280 has it",
    )
}

fn problem(code: ProblemCode, message: &str) -> Problem {
    Problem::new(Field::Extensions, code, message)
}

const AUTHORITY: &str = "the request is for a certificate authority, not for a client";

const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 54];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_beyond_the_end_of_a_key_usage_are_refused() {
        assert_eq!(key_usage(&[3, 2, 5, 0xa0]), Some(0xa000));
        assert_eq!(key_usage(&[3, 2, 0, 0xa0]), Some(0xa000));
        assert_eq!(key_usage(&[3, 3, 7, 0x80, 0x80]), Some(0x8080));
        assert_eq!(key_usage(&[3, 1, 0]), Some(0));
        for damaged in [
            &[3, 2, 5, 0xb0][..],
            &[3, 2, 8, 0],
            &[3, 1, 5],
            &[3, 0],
            &[3, 4, 0, 0x80, 0, 0],
            &[4, 2, 5, 0xa0],
            &[3, 2, 5, 0xa0, 0],
            &[],
        ] {
            assert_eq!(key_usage(damaged), None, "{damaged:?}");
        }
    }
}
