//! The problems that the portal finds in a certification request.

use serde::{Deserialize, Serialize};

/// One thing that is wrong with a certification request. A response lists all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Problem {
    /// The part of the request that is wrong.
    pub field: Field,
    /// The problem.
    pub code: ProblemCode,
    /// The same for a person. Quotes at most one character of the request.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(field: Field, code: ProblemCode, message: impl Into<String>) -> Self {
        Self {
            field,
            code,
            message: message.into(),
        }
    }
}

/// The part of a request that a [`Problem`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Field {
    /// The account that asks.
    Account,
    /// The attributes of the request, such as the one that asks for extensions.
    Attributes,
    /// `CN`.
    CommonName,
    /// `C`.
    Country,
    /// The extensions that the request asks for, alternative names aside.
    Extensions,
    /// The public key.
    Key,
    /// `L`.
    Locality,
    /// `O`.
    Organization,
    /// Any other attribute of the subject, or how it is put together.
    OtherSubject,
    /// The query's `usage` and `issuer`.
    Query,
    /// The request as a whole.
    Request,
    /// The requester's signature.
    Signature,
    /// `ST`.
    State,
    /// The subject alternative names.
    SubjectAltName,
    /// The query's `valid_from` and `valid_to`.
    Validity,
}

/// The kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemCode {
    /// The signature does not verify with the request's own key: no proof of possession.
    BadSignature,
    /// The request is for a certificate authority: `cA`, `keyCertSign`, `cRLSign`, a constraint on
    /// names or policies.
    CertificateAuthority,
    /// A control or format character (NUL, ESC, a zero-width space, a mark of direction), a private
    /// one or none at all.
    ControlCharacter,
    /// The country is not two upper-case letters.
    CountryCode,
    /// A relative name of the subject has no attribute.
    EmptyName,
    /// One of `< > ~ ! @ # $ % ^ * / \ ( ) ? , &`.
    ForbiddenCharacter,
    /// A value has characters that its string type does not have, such as `@` in a
    /// `PrintableString`.
    IllegalForType,
    /// The query asks for a usage or an issuer that there is not.
    InvalidQuery,
    /// The validity is not a number of seconds, ends before it begins, or is out of reach.
    InvalidValidity,
    /// The RSA key has more than 8192 bits.
    KeyTooLarge,
    /// The RSA key has fewer than 2048 bits.
    KeyTooSmall,
    /// The key usage has no bit set, lacks `digitalSignature`, or has one that no RSA key has.
    KeyUsage,
    /// An attribute or an extension is not as its standard has it, or empty.
    Malformed,
    /// The attribute is absent, or has neither letter nor digit.
    Missing,
    /// A relative name of the subject has more than one attribute.
    MultiValued,
    /// The subject alternative name is not a domain name.
    NotADomainName,
    /// The body is not a PKCS#10 certification request in PEM or DER.
    NotARequest,
    /// The certificate could not be written to the folder of the state; status 500.
    NotKept,
    /// The common name is not a fully qualified domain name.
    NotFullyQualified,
    /// The key is not an RSA key.
    NotRsa,
    /// An attribute of the subject, an attribute of the request, its value or an extension stands
    /// more than once.
    Repeated,
    /// The account has five live certificates already; status 409.
    TooManyCertificates,
    /// The body exceeds 64 KiB; status 413.
    TooLarge,
    /// A value is longer than the upper bound of RFC 5280, appendix A.1: 64 characters for O, OU
    /// and CN, 128 for L and ST.
    TooLong,
    /// The country is two upper-case letters, but none of ISO 3166-1.
    UnknownCountry,
    /// A value of a type that the mock does not copy into a certificate, a critical extension that
    /// it does not know, or a signature algorithm that it cannot verify.
    Unsupported,
    /// A bit string has unused bits where there is none.
    UnusedBits,
    /// The version of the request is not 0.
    Version,
    /// The signature is over a digest that CAs have given up: SHA-1, MD5 or MD2.
    WeakHash,
    /// The RSA key is none that could be secure: an even or tiny exponent, a modulus with a small
    /// factor.
    WeakKey,
    /// A wildcard name.
    Wildcard,
    /// The string type is not one that RFC 5280 has for this attribute, such as `UTF8String` for a
    /// country.
    WrongStringType,
}
