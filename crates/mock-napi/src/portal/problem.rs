//! What the portal finds wrong with a certification request.

use serde::{Deserialize, Serialize};

/// One thing that is wrong with a certification request. An answer lists all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// The part of the request that is wrong.
    pub field: Field,
    /// What is wrong with it.
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
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Field {
    /// The account that asks.
    Account,
    /// `CN`.
    CommonName,
    /// `C`.
    Country,
    /// The public key.
    Key,
    /// `L`.
    Locality,
    /// `O`.
    Organization,
    /// Any other attribute of the subject.
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

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemCode {
    /// The signature does not verify with the request's own key: no proof of possession.
    BadSignature,
    /// The country is not two upper-case letters.
    CountryCode,
    /// One of `< > ~ ! @ # $ % ^ * / \ ( ) ? , &`.
    ForbiddenCharacter,
    /// The query asks for a usage or an issuer that there is not.
    InvalidQuery,
    /// The validity is not a number of seconds, ends before it begins, or is out of reach.
    InvalidValidity,
    /// The RSA key has fewer than 2048 bits.
    KeyTooSmall,
    /// The attribute is absent or empty.
    Missing,
    /// The subject alternative name is not a domain name.
    NotADomainName,
    /// The body is not a PKCS#10 certification request in PEM or DER.
    NotARequest,
    /// The common name is not a fully qualified domain name.
    NotFullyQualified,
    /// The key is not an RSA key.
    NotRsa,
    /// The attribute stands more than once, or shares its place with another.
    Repeated,
    /// The account has five live certificates already; status 409.
    TooManyCertificates,
    /// The body exceeds 64 KiB; status 413.
    TooLarge,
    /// A value of a type that the mock does not copy into a certificate.
    Unsupported,
    /// A wildcard name.
    Wildcard,
}
