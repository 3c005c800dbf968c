//! The verdicts of `csr` and of the portal on a request, in the same words.

use std::fmt;

use csr::{Finding, InspectedRequest, Policy, Problem, Severity};
use mock_napi::{Account, ProblemCode};
use test_support::Refused;

use crate::context::Context;

/// The problems of a request, if it has any.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    Refused(Vec<ProblemCode>),
    /// A refusal for which the portal has no code.
    Otherwise(String),
}

impl Verdict {
    /// Creates the verdict that a request with this problem has to get.
    pub(crate) fn expected(problem: Option<ProblemCode>) -> Self {
        problem.map_or(Self::Accepted, |problem| Self::Refused(vec![problem]))
    }

    /// Inspects a request with `csr`: reads, verifies and lints it, and compares its subject.
    pub(crate) fn ours(request: &[u8], expected: &[(&str, &str)]) -> Self {
        let inspected = InspectedRequest::from_pem_or_der(request)
            .and_then(|request| request.verify().map(|()| request));
        let request = match inspected {
            Ok(request) => request,
            Err(error) => return Self::Otherwise(error.to_string()),
        };
        let attributes = request.subject().iter();
        let mut subject: Vec<_> = attributes.map(|it| (it.label(), it.value())).collect();
        let mut expected = expected.to_vec();
        subject.sort_unstable();
        expected.sort_unstable();
        if subject != expected {
            return Self::Otherwise(format!("the subject is {subject:?}"));
        }
        let findings = request.lint(Policy::Trulioo);
        let errors = findings
            .iter()
            .filter(|it| it.severity() == Severity::Error);
        let codes: Result<Vec<_>, _> = errors.map(code).collect();
        match codes {
            Err(finding) => Self::Otherwise(finding.to_string()),
            Ok(codes) if codes.is_empty() => Self::Accepted,
            Ok(codes) => Self::Refused(codes),
        }
    }

    /// Translates the response of the portal.
    ///
    /// A certificate that it issued is revoked again: an account may have five.
    pub(crate) async fn of_portal(
        response: Result<String, Refused>,
        context: &Context,
    ) -> anyhow::Result<Self> {
        let Err(refused) = response else {
            context.portal().revoke_last(Account::GLOBEX).await?;
            return Ok(Self::Accepted);
        };
        Ok(Self::Refused(refused.problems))
    }
}

/// Returns the portal's code for a finding of ours.
fn code(finding: &Finding) -> Result<ProblemCode, &Finding> {
    match finding {
        Finding::KeyKind => Ok(ProblemCode::NotRsa),
        Finding::KeyTooShort { .. } => Ok(ProblemCode::KeyTooSmall),
        Finding::WeakHash => Ok(ProblemCode::WeakHash),
        Finding::Subject(problem) => match problem.problem {
            Problem::ForbiddenCharacter { .. } => Ok(ProblemCode::ForbiddenCharacter),
            Problem::NotFqdn(_) => Ok(ProblemCode::NotFullyQualified),
            Problem::Required => Ok(ProblemCode::Missing),
            _ => Err(finding),
        },
        _ => Err(finding),
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Refused(codes) => write!(f, "refused: {codes:?}"),
            Self::Otherwise(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use test_support::Customer;

    use super::*;

    const SUBJECT: [(&str, &str); 5] = [
        ("C", "CA"),
        ("ST", "British Columbia"),
        ("L", "Vancouver"),
        ("O", "Acme Identity Inc."),
        ("CN", "napi.acme.example"),
    ];

    #[test]
    fn request_with_the_expected_names_is_accepted() {
        let request = Customer::request().unwrap();
        let verdict = Verdict::ours(request.to_der(), &SUBJECT);
        assert_eq!(verdict, Verdict::Accepted);
    }

    #[test]
    fn request_with_other_names_is_not_accepted() {
        let request = Customer::request().unwrap();
        let verdict = Verdict::ours(request.to_der(), &SUBJECT[1..]);
        assert!(matches!(verdict, Verdict::Otherwise(_)), "{verdict}");
    }

    #[test]
    fn request_with_another_signature_is_not_accepted() {
        let mut request = Customer::request().unwrap().to_der().to_vec();
        *request.last_mut().unwrap() ^= 1;
        let verdict = Verdict::ours(&request, &SUBJECT);
        assert!(matches!(verdict, Verdict::Otherwise(_)), "{verdict}");
    }
}
