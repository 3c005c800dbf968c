//! A request that a program of others is to make: names, a kind of key, perhaps a passphrase.

use mock_napi::ProblemCode;

/// A key and a request to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestSpec {
    /// The name in the report.
    pub(crate) title: &'static str,
    /// Without a state, the attribute is left out.
    pub(crate) state: Option<&'static str>,
    pub(crate) organization: &'static str,
    pub(crate) common_name: &'static str,
    pub(crate) key: KeyKind,
    pub(crate) passphrase: Option<&'static str>,
    /// The problem that a reader has to find.
    pub(crate) problem: Option<ProblemCode>,
}

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// RSA of 2048 bits.
    Rsa,
    /// An elliptic curve, P-256.
    P256,
}

impl RequestSpec {
    /// A request that is accepted.
    pub(crate) const GOOD: Self = Self {
        title: "a request with a good subject",
        state: Some("British Columbia"),
        organization: "Acme Identity Inc.",
        common_name: "napi.acme.example",
        key: KeyKind::Rsa,
        passphrase: None,
        problem: None,
    };

    /// Returns the good request, and others with one problem each.
    pub(crate) fn all() -> &'static [Self] {
        const REQUESTS: &[RequestSpec] = &[
            RequestSpec::GOOD,
            RequestSpec {
                title: "a request with a forbidden character",
                organization: "Acme & Sons Inc.",
                problem: Some(ProblemCode::ForbiddenCharacter),
                ..RequestSpec::GOOD
            },
            RequestSpec {
                title: "a request without a state",
                state: None,
                problem: Some(ProblemCode::Missing),
                ..RequestSpec::GOOD
            },
            RequestSpec {
                title: "a request for a name without a domain",
                common_name: "localhost",
                problem: Some(ProblemCode::NotFullyQualified),
                ..RequestSpec::GOOD
            },
            RequestSpec {
                title: "a request for a key on a curve",
                key: KeyKind::P256,
                problem: Some(ProblemCode::NotRsa),
                ..RequestSpec::GOOD
            },
        ];
        REQUESTS
    }

    /// Returns the subject, as pairs of short name and value in the order of the guide.
    pub(crate) fn subject(&self) -> Vec<(&'static str, &'static str)> {
        let first = [("C", "CA")];
        let state = self.state.map(|state| ("ST", state));
        let rest = [
            ("L", "Vancouver"),
            ("O", self.organization),
            ("CN", self.common_name),
        ];
        first.into_iter().chain(state).chain(rest).collect()
    }
}
