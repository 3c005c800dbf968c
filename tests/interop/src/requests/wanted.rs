//! What a program of others is asked to make: names, a kind of key, perhaps a passphrase.

use mock_napi::ProblemCode;

/// A key and a request to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// In a few words.
    pub(crate) what: &'static str,
    /// Without a state, the attribute is left out.
    pub(crate) state: Option<&'static str>,
    pub(crate) organization: &'static str,
    pub(crate) common_name: &'static str,
    pub(crate) key: KeyKind,
    pub(crate) passphrase: Option<&'static str>,
    /// What is wrong with it.
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

impl Wanted {
    /// A request that is accepted.
    pub(crate) const GOOD: Self = Self {
        what: "a request with a good subject",
        state: Some("British Columbia"),
        organization: "Acme Identity Inc.",
        common_name: "napi.acme.example",
        key: KeyKind::Rsa,
        passphrase: None,
        problem: None,
    };

    /// The good one, and others with one thing wrong each.
    pub(crate) fn requests() -> &'static [Self] {
        const REQUESTS: &[Wanted] = &[
            Wanted::GOOD,
            Wanted {
                what: "a request with a forbidden character",
                organization: "Acme & Sons Inc.",
                problem: Some(ProblemCode::ForbiddenCharacter),
                ..Wanted::GOOD
            },
            Wanted {
                what: "a request without a state",
                state: None,
                problem: Some(ProblemCode::Missing),
                ..Wanted::GOOD
            },
            Wanted {
                what: "a request for a name without a domain",
                common_name: "localhost",
                problem: Some(ProblemCode::NotFullyQualified),
                ..Wanted::GOOD
            },
            Wanted {
                what: "a request for a key on a curve",
                key: KeyKind::P256,
                problem: Some(ProblemCode::NotRsa),
                ..Wanted::GOOD
            },
        ];
        REQUESTS
    }

    /// The subject, as pairs of short name and value in the order of the guide.
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
