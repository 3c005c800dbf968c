//! Certification requests that no tool writes: each part in DER, signed with the key of the others.

use rcgen::SigningKey;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use crate::request::{KEY, Request};

/// A request in its parts.
pub(crate) struct Forged {
    version: Vec<u8>,
    names: Vec<Vec<u8>>,
    key: Vec<u8>,
    attributes: Vec<Vec<u8>>,
    unused_bits: u8,
}

/// The tags of strings.
pub(crate) const UTF8: u8 = 0x0c;
pub(crate) const PRINTABLE: u8 = 0x13;
pub(crate) const T61: u8 = 0x14;
pub(crate) const IA5: u8 = 0x16;
pub(crate) const BMP: u8 = 0x1e;

/// The attributes of a subject.
pub(crate) const COUNTRY: &[u8] = &[0x55, 4, 6];
pub(crate) const STATE: &[u8] = &[0x55, 4, 8];
pub(crate) const LOCALITY: &[u8] = &[0x55, 4, 7];
pub(crate) const ORGANIZATION: &[u8] = &[0x55, 4, 10];
pub(crate) const UNIT: &[u8] = &[0x55, 4, 11];
pub(crate) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
pub(crate) const SERIAL: &[u8] = &[0x55, 4, 5];

/// The attributes of a request.
pub(crate) const EXTENSION_REQUEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];
pub(crate) const CHALLENGE_PASSWORD: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 7];
pub(crate) const MICROSOFT_EXTENSIONS: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 14];

impl Forged {
    /// Returns a request that the portal grants.
    pub(crate) fn good() -> Self {
        let der = Request::good().der();
        let (_, request) = X509CertificationRequest::from_der(&der).unwrap();
        Self {
            version: vec![0],
            names: vec![
                name(COUNTRY, PRINTABLE, b"CA"),
                name(STATE, UTF8, b"British Columbia"),
                name(LOCALITY, UTF8, b"Vancouver"),
                name(ORGANIZATION, UTF8, b"Example Ltd"),
                name(COMMON_NAME, UTF8, b"api.example.com"),
            ],
            key: request.certification_request_info.subject_pki.raw.to_vec(),
            attributes: Vec::new(),
            unused_bits: 0,
        }
    }

    pub(crate) fn version(mut self, version: &[u8]) -> Self {
        self.version = version.to_vec();
        self
    }

    /// Puts a value in the place of the one that is there, or at the end.
    pub(crate) fn value(self, kind: &[u8], tag: u8, value: &[u8]) -> Self {
        self.relative_name(kind, name(kind, tag, value))
    }

    /// Puts a relative name in the place of the one that has this attribute, or at the end.
    pub(crate) fn relative_name(mut self, kind: &[u8], name: Vec<u8>) -> Self {
        let oid = tlv(6, kind);
        let holds = |it: &Vec<u8>| it.windows(oid.len()).any(|window| window == oid);
        match self.names.iter().position(holds) {
            Some(at) => self.names[at] = name,
            None => self.names.push(name),
        }
        self
    }

    pub(crate) fn key(mut self, modulus: &[u8], exponent: &[u8]) -> Self {
        let rsa = [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1][..]];
        let algorithm = tlv(0x30, &[tlv(6, rsa[0]), tlv(5, &[])].concat());
        let key = tlv(0x30, &[tlv(2, modulus), tlv(2, exponent)].concat());
        let key = tlv(3, &[&[0][..], &key].concat());
        self.key = tlv(0x30, &[algorithm, key].concat());
        self
    }

    /// Says of the key that some of its last bits are none.
    pub(crate) fn unused_bits_of_key(mut self) -> Self {
        let at = self.key.windows(3).position(|it| it == [0, 0x30, 0x82]);
        self.key[at.unwrap()] = 1;
        self
    }

    /// Says of the signature that some of its last bits are none.
    pub(crate) fn unused_bits_of_signature(mut self) -> Self {
        self.unused_bits = 1;
        self
    }

    pub(crate) fn attribute(mut self, kind: &[u8], values: &[Vec<u8>]) -> Self {
        let values = tlv(0x31, &values.concat());
        self.attributes
            .push(tlv(0x30, &[tlv(6, kind), values].concat()));
        self
    }

    /// Asks for these extensions.
    pub(crate) fn extensions(self, extensions: &[Vec<u8>]) -> Self {
        self.attribute(EXTENSION_REQUEST, &[tlv(0x30, &extensions.concat())])
    }

    /// Returns the request in DER, signed.
    pub(crate) fn der(self) -> Vec<u8> {
        let info = [
            tlv(2, &self.version),
            tlv(0x30, &self.names.concat()),
            self.key,
            tlv(0xa0, &self.attributes.concat()),
        ];
        let info = tlv(0x30, &info.concat());
        let sha256_with_rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
        let algorithm = tlv(0x30, &[tlv(6, &sha256_with_rsa), tlv(5, &[])].concat());
        let signature = KEY.sign(&info).unwrap();
        let signature = tlv(3, &[&[self.unused_bits][..], &signature].concat());
        tlv(0x30, &[info, algorithm, signature].concat())
    }
}

/// Returns a relative name of one attribute.
pub(crate) fn name(kind: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
    tlv(0x31, &attribute(kind, tag, value))
}

/// Returns an attribute of a relative name.
pub(crate) fn attribute(kind: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[tlv(6, kind), tlv(tag, value)].concat())
}

/// Returns an extension with the last arc of its OID below 2.5.29.
pub(crate) fn extension(arc: u8, value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[tlv(6, &[0x55, 0x1d, arc]), tlv(4, value)].concat())
}

/// Writes tag, length and content.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut der = vec![tag];
    match length {
        0..=0x7f => der.push(length as u8),
        0x80..=0xff => der.extend([0x81, length as u8]),
        _ => der.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    der.extend_from_slice(content);
    der
}
