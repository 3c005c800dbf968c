//! The structure of a request ([RFC 2986, section 4]), looked at before anyone interprets it.
//!
//! x509-parser passes over what a CA must not: a second attribute of a kind, a second value, bits
//! that are there and do not count. It reports some other things by an error that names none.
//! Here each has its reason.
//!
//! [RFC 2986, section 4]: https://www.rfc-editor.org/rfc/rfc2986#section-4

use x509_parser::asn1_rs::{Any, FromDer, Tag};

use crate::problem::{Field, Problem, ProblemCode};

/// An extension that is asked for.
pub(crate) struct Requested<'a> {
    /// The content of its OID.
    pub(crate) oid: &'a [u8],
    pub(crate) is_critical: bool,
    /// The content of its octet string.
    pub(crate) value: &'a [u8],
}

/// Looks through a request; returns the extensions that it asks for. `None` if it is no request at
/// all.
pub(crate) fn check<'a>(der: &'a [u8], problems: &mut Vec<Problem>) -> Option<Vec<Requested<'a>>> {
    let (rest, request) = Any::from_der(der).ok()?;
    if !rest.is_empty() || request.tag() != Tag::Sequence {
        return None;
    }
    let [info, algorithm, signature] = &children(request.data)?[..] else {
        return None;
    };
    if info.tag() != Tag::Sequence || algorithm.tag() != Tag::Sequence {
        return None;
    }
    check_bits(signature, Field::Signature, problems)?;
    let info = children(info.data)?;
    let (version, subject, key, attributes) = match &info[..] {
        // Some old tools leave out attributes that are none.
        [version, subject, key] => (version, subject, key, None),
        [version, subject, key, attributes] => (version, subject, key, Some(attributes)),
        _ => return None,
    };
    if version.tag() != Tag::Integer || subject.tag() != Tag::Sequence {
        return None;
    }
    // Reported and not fatal, so that the other problems are found too.
    if version.data != [0] {
        let message = "the version is not 0, which is the only one (RFC 2986, section 4.1)";
        problems.push(Problem::new(Field::Request, ProblemCode::Version, message));
    }
    check_subject(subject.data, problems)?;
    let [_, key] = &children(key.data)?[..] else {
        return None;
    };
    check_bits(key, Field::Key, problems)?;
    match attributes {
        Some(attributes) => check_attributes(attributes.data, problems),
        None => Some(Vec::new()),
    }
}

/// Returns what stands one behind the other in this content.
fn children(mut content: &[u8]) -> Option<Vec<Any<'_>>> {
    let mut children = Vec::new();
    while !content.is_empty() {
        let (rest, child) = Any::from_der(content).ok()?;
        children.push(child);
        content = rest;
    }
    Some(children)
}

/// Returns a bit string of whole octets.
fn check_bits(bits: &Any<'_>, field: Field, problems: &mut Vec<Problem>) -> Option<()> {
    if bits.tag() != Tag::BitString {
        return None;
    }
    if bits.data.first()? != &0 {
        let message = "the bit string has unused bits, where it is made of whole octets";
        problems.push(Problem::new(field, ProblemCode::UnusedBits, message));
    }
    Some(())
}

/// Returns the relative names of a subject: each a set of one, each of a type and a value.
fn check_subject(subject: &[u8], problems: &mut Vec<Problem>) -> Option<()> {
    for name in children(subject)? {
        if name.tag() != Tag::Set {
            return None;
        }
        let attributes = children(name.data)?;
        let (code, message) = match attributes.len() {
            0 => (
                ProblemCode::EmptyName,
                "a relative name of the subject has no attribute",
            ),
            1 => continue,
            _ => (
                ProblemCode::MultiValued,
                "a relative name of the subject has more than one attribute",
            ),
        };
        problems.push(Problem::new(Field::OtherSubject, code, message));
    }
    Some(())
}

/// Returns the attributes: none twice, each with one value.
fn check_attributes<'a>(
    attributes: &'a [u8],
    problems: &mut Vec<Problem>,
) -> Option<Vec<Requested<'a>>> {
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut requested = Vec::new();
    for attribute in children(attributes)? {
        let [kind, values] = &children(attribute.data)?[..] else {
            return None;
        };
        if kind.tag() != Tag::Oid || values.tag() != Tag::Set {
            return None;
        }
        let problem = |code, message| Problem::new(Field::Attributes, code, message);
        if seen.contains(&kind.data) {
            let message = "an attribute of the request stands more than once";
            problems.push(problem(ProblemCode::Repeated, message));
        }
        seen.push(kind.data);
        let values = children(values.data)?;
        if values.is_empty() {
            let message = "an attribute of the request has no value";
            problems.push(problem(ProblemCode::Malformed, message));
        }
        let is_single =
            [EXTENSION_REQUEST, MICROSOFT_EXTENSIONS, CHALLENGE_PASSWORD].contains(&kind.data);
        if is_single && values.len() > 1 {
            let message = "an attribute that has one value has several";
            problems.push(problem(ProblemCode::Repeated, message));
        }
        // certreq.exe writes both attributes; a CA that copied this one would trust names
        // unchecked.
        if kind.data == MICROSOFT_EXTENSIONS {
            let message = "extensions are asked for in Microsoft's attribute: use extensionRequest (RFC 2985)";
            problems.push(problem(ProblemCode::Unsupported, message));
        }
        if kind.data == EXTENSION_REQUEST {
            for extensions in values {
                match extensions_of(extensions.data) {
                    Some(extensions) if !extensions.is_empty() => requested.extend(extensions),
                    _ => {
                        let message =
                            "the extensionRequest is not a list of extensions, or an empty one";
                        problems.push(problem(ProblemCode::Malformed, message));
                    }
                }
            }
        }
    }
    Some(requested)
}

fn extensions_of(content: &[u8]) -> Option<Vec<Requested<'_>>> {
    let extensions = children(content)?;
    extensions.iter().map(|it| extension(it.data)).collect()
}

fn extension(content: &[u8]) -> Option<Requested<'_>> {
    let parts = children(content)?;
    let (oid, critical, value) = match &parts[..] {
        [oid, value] => (oid, None, value),
        [oid, critical, value] => (oid, Some(critical), value),
        _ => return None,
    };
    let is_flag = |it: &Any<'_>| it.tag() == Tag::Boolean && it.data.len() == 1;
    let is_one =
        oid.tag() == Tag::Oid && value.tag() == Tag::OctetString && critical.is_none_or(is_flag);
    is_one.then_some(Requested {
        oid: oid.data,
        is_critical: critical.is_some_and(|it| it.data != [0]),
        value: value.data,
    })
}

/// 1.2.840.113549.1.9.14 (RFC 2985, section 5.4.2).
const EXTENSION_REQUEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];
/// 1.2.840.113549.1.9.7 (RFC 2985, section 5.4.1).
const CHALLENGE_PASSWORD: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 7];
/// 1.3.6.1.4.1.311.2.1.14, the same before it had a name of its own.
const MICROSOFT_EXTENSIONS: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 14];
