//! An argument that cannot be sent.

/// An argument that cannot be sent, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{argument} {problem}")]
#[non_exhaustive]
pub struct InvalidArgument {
    /// The argument, such as `the country code`.
    pub argument: &'static str,
    /// The reason.
    pub problem: ArgumentProblem,
}

/// The reason why an argument cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentProblem {
    /// `.` and `..` mean another path to servers and proxies.
    #[error("must not be `.` or `..`")]
    DotSegment,
    /// It leads to no document.
    #[error("must end in a record and the name of a document")]
    NotDocumentPath,
    /// It cannot stand in a header.
    #[error("has characters that cannot stand in a header")]
    NotHeader,
    /// It is a whole URL, or no path, where the path of an operation was asked for.
    #[error("must be a path that begins with a slash, without a host")]
    NotPath,
    /// The client or HTTP sets it.
    #[error("is set by the client itself")]
    SetByClient,
    /// Nothing is there.
    #[error("must not be empty")]
    Empty,
    /// The service calls back over `https` only; plain `http` is taken for this machine itself.
    #[error("must be a URL that starts with https://")]
    NotHttps,
    /// It cannot be written as JSON.
    #[error("cannot be written as JSON")]
    NotJson,
    /// It is in use for a country, and not its code of ISO 3166-1, which the service takes.
    #[error("is not the country's code of ISO 3166: write {instead}")]
    NotIsoCode {
        /// The code that it has there.
        instead: &'static str,
    },
    /// A country is named by two letters (ISO 3166-1 alpha-2).
    #[error("must be two letters, such as AU")]
    NotTwoLetters,
    /// It belongs to another transaction.
    #[error("is of another transaction")]
    OtherTransaction,
    /// The word is the name of another operation in this place.
    #[error("is a reserved word; use the operation of that name")]
    Reserved,
    /// Longer than the service takes.
    #[error("has {characters} characters, of which the service takes {most}")]
    TooLong {
        /// The number of characters.
        characters: usize,
        /// The most that are allowed.
        most: usize,
    },
    /// A jurisdiction is a part of a country, which is not given.
    #[error("is part of a country, which is missing")]
    WithoutCountry,
}
