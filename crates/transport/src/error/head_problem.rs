//! What is wrong with the head of a response ([RFC 9112, sections 5 and 6]).
//!
//! [RFC 9112, sections 5 and 6]: https://www.rfc-editor.org/rfc/rfc9112#section-5

/// Why the head of a response cannot be read.
///
/// [`Error::header_field`](crate::Error::header_field) names the field, where there is one. What is read though it is
/// not as it should be, and what is not, is in this crate's README.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadProblem {
    /// A line has a NUL, or a carriage return that does not end it (RFC 9110, section 5.5).
    #[error("a line of it has a NUL or a lone carriage return")]
    ForbiddenByte,
    /// `Content-Length` or `Transfer-Encoding` is not written as HTTP has it, or contradicts itself.
    ///
    /// Programs read such lines differently, and one that takes another end for the response than the sender of it can
    /// be made to take one response for another's.
    #[error("what it says of where the response ends is damaged or contradicts itself")]
    Framing,
    /// A line is no field: it has no colon, or begins with white space where there is no field to go on with.
    #[error("a line of it is no header field")]
    NoField,
    /// It is longer than the limit of the client.
    #[error("it is longer than the limit set here; raise max_response_head")]
    TooLong,
    /// It has more fields than the limit of the client.
    #[error("it has more fields than the limit set here; raise max_response_fields")]
    TooManyFields,
}
