//! The parts of the mock: where each is, with whose credentials it is asked, and what its log has.

use std::{collections::BTreeMap, fmt};

use mock_napi::{Event, EventKind};

/// A part of the mock, asked by one run.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: &'static str,
    /// The tag of its operations.
    pub(super) tag: &'static str,
    pub(super) place: Place,
    pub(super) caller: Caller,
}

/// The port at which a part is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    MutualTls,
    Plain,
    /// Of portal and control.
    Portal,
    /// The same of the mock that is the control's own.
    Control,
}

/// The owner of the credentials that are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    ApiUser,
    NoOne,
    PortalUser,
    Token,
}

/// The runs, in their order. The portal comes last of its mock: it revokes certificates.
pub(super) const PARTS: &[Part] = &[
    Part::new(
        "NAPI 1, mutual TLS",
        "napi-v1",
        Place::MutualTls,
        Caller::ApiUser,
    ),
    Part::new("NAPI 1, plain", "napi-v1", Place::Plain, Caller::ApiUser),
    Part::new(
        "NAPI 3, mutual TLS",
        "napi-v3",
        Place::MutualTls,
        Caller::Token,
    ),
    Part::new("portal", "portal", Place::Portal, Caller::PortalUser),
    Part::new("control", "control", Place::Control, Caller::NoOne),
];

/// The checks of each response.
pub(super) const CHECKS: &str = "not_a_server_error,status_code_conformance,\
     content_type_conformance,response_headers_conformance,response_schema_conformance";

/// Statuses of the log, with the number of each.
#[derive(Debug, Default)]
pub(super) struct Requests(BTreeMap<u16, usize>);

impl Part {
    const fn new(name: &'static str, tag: &'static str, place: Place, caller: Caller) -> Self {
        Self {
            name,
            tag,
            place,
            caller,
        }
    }

    /// Returns the phases of its run. The plain endpoint has the routes of the other: a look at
    /// each is enough.
    pub(super) fn phases(&self) -> &'static str {
        match self.place {
            Place::Plain => "examples,fuzzing",
            Place::MutualTls | Place::Portal | Place::Control => "examples,coverage,fuzzing",
        }
    }

    /// Returns whether the log has its requests; it has none of portal and control.
    fn is_logged(&self) -> bool {
        matches!(self.place, Place::MutualTls | Place::Plain)
    }

    /// Counts its requests among these events.
    pub(super) fn requests(&self, events: &[Event]) -> Requests {
        let mut requests = Requests::default();
        for event in events.iter().filter(|_| self.is_logged()) {
            if let EventKind::Request { status, .. } = event.kind {
                *requests.0.entry(status).or_default() += 1;
            }
        }
        requests
    }

    /// Returns whether the log agrees: more requests were served than rejected for their
    /// credentials, which some are sent without, and none failed.
    pub(super) fn is_asked(&self, requests: &Requests) -> bool {
        let count = |status: u16| requests.0.get(&status).copied().unwrap_or_default();
        let failed = requests.0.keys().any(|status| *status >= 500);
        !self.is_logged() || (count(200) > count(401) + count(403) && !failed)
    }

    pub(super) fn expected(&self) -> &'static str {
        match self.is_logged() {
            true => "the log has more with 200 than with 401 and 403, and none with 500",
            false => "the log has no requests of this part",
        }
    }
}

/// Shows each status with its number.
impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.iter();
        let counts = counts.map(|(status, count)| format!("{status}: {count}"));
        f.write_str(&counts.collect::<Vec<_>>().join(", "))
    }
}

/// Returns whether an operation was never asked with credentials that are accepted, so that none of
/// its other responses was looked at.
pub(super) fn is_rejected(output: &str) -> bool {
    ["Authentication failed:", "Missing authentication"]
        .iter()
        .any(|warning| output.contains(warning))
}

/// Returns the counts at the end of the output: of operations and of test cases.
pub(super) fn counts(output: &str) -> String {
    let lines = output.lines().map(str::trim);
    let counts = lines.filter(|it| it.starts_with("Tested:") || it.contains(" generated, "));
    counts.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_of_operations_and_of_cases() {
        let output = "API Operations:\n  Selected: 5/84\n  Tested: 5\n\nTest cases:\n  \
                      142 generated, 142 passed\n\nSeed: 1\n";
        assert_eq!(counts(output), "Tested: 5; 142 generated, 142 passed");
    }

    #[test]
    fn rejected_credentials_are_noticed() {
        let warning =
            "Warnings:\n  Authentication failed: 5 operations returned only 401/403 responses\n";
        assert!(is_rejected(warning));
        assert!(!is_rejected("Test cases:\n  142 generated, 142 passed\n"));
    }

    #[test]
    fn log_has_to_agree_where_there_is_one() {
        let requests = |statuses: &[u16]| Requests(statuses.iter().map(|it| (*it, 1)).collect());
        let [napi, .., control] = PARTS else {
            panic!("no parts");
        };
        assert!(napi.is_asked(&requests(&[200, 400])));
        assert!(!napi.is_asked(&requests(&[400])));
        assert!(!napi.is_asked(&requests(&[200, 401])));
        assert!(!napi.is_asked(&requests(&[200, 500])));
        assert!(!napi.is_asked(&requests(&[])));
        assert!(control.is_asked(&requests(&[])));
    }
}
