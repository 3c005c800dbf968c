//! Reasons why the head of a response cannot be parsed ([RFC 9112, sections 5 and 6]).
//!
//! [RFC 9112, sections 5 and 6]: https://www.rfc-editor.org/rfc/rfc9112#section-5

/// The reason why the head of a response cannot be parsed.
///
/// [`Error::header_field`](crate::Error::header_field) names the field, where there is one. Which
/// deviations are tolerated and which are not is in this crate's README.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadProblem {
    /// A line contains a NUL, or a carriage return that does not end it (RFC 9110, section 5.5).
    #[error("one of its lines has a NUL or a lone carriage return")]
    ForbiddenByte,
    /// `Content-Length` or `Transfer-Encoding` is malformed or contradictory.
    ///
    /// Implementations read such lines differently. Where two disagree on the end of a response,
    /// one response can be passed off as another (response splitting).
    #[error("its Content-Length or Transfer-Encoding is malformed or contradictory")]
    Framing,
    /// A line is no field: it has no colon, or begins with white space where there is no field to
    /// continue.
    #[error("one of its lines is no header field")]
    NoField,
    /// It is longer than [`max_response_head`](crate::MtlsClientBuilder::max_response_head).
    #[error("it is longer than the limit set here; raise max_response_head")]
    TooLong,
    /// It has more fields than
    /// [`max_response_fields`](crate::MtlsClientBuilder::max_response_fields).
    #[error("it has more fields than the limit set here; raise max_response_fields")]
    TooManyFields,
}
