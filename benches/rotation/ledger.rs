//! The statements of both ends, compared.

use std::{
    collections::{HashMap, HashSet},
    ops::RangeBounds,
    sync::{Mutex, MutexGuard, PoisonError},
};

use identity::Identity;
use test_support::tls_server::Seen;
use transport::Generation;

use crate::exchange::Agreed;

/// The number of problems that are told in full; one mistake makes thousands.
const MOST_PROBLEMS: usize = 10;

/// The record of requests and identities, compared when the load is over: a request may be of a
/// generation before the call that made it returns.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Statements>);

#[derive(Default)]
struct Statements {
    /// The certificate of each generation.
    expected: HashMap<Generation, String>,
    /// Requests by generation and certificate.
    agreed: HashMap<(Generation, String), usize>,
    failed: usize,
    disagreements: usize,
    problems: Vec<String>,
}

/// The figures of one run, and its problems.
pub(crate) struct Report {
    pub(crate) requests: usize,
    pub(crate) failed: usize,
    pub(crate) disagreements: usize,
    /// The first problems in full.
    pub(crate) problems: Vec<String>,
}

impl Ledger {
    pub(crate) fn expect(&self, generation: Generation, identity: &Identity) {
        let digest = identity.leaf().sha256().to_string();
        self.statements().expected.insert(generation, digest);
    }

    /// Records the end of a request, which must be of one of these generations.
    pub(crate) fn note(
        &self,
        ended: anyhow::Result<Agreed>,
        allowed: impl RangeBounds<Generation>,
    ) {
        let mut statements = self.statements();
        match ended {
            Ok(agreed) => {
                if !allowed.contains(&agreed.generation) {
                    statements.disagree(format!(
                        "a request went over generation {}, which was not its own",
                        agreed.generation
                    ));
                }
                let Agreed {
                    generation,
                    certificate,
                } = agreed;
                *statements
                    .agreed
                    .entry((generation, certificate))
                    .or_default() += 1;
            }
            Err(error) => {
                statements.failed += 1;
                statements.tell(format!("a request failed: {error:#}"));
            }
        }
    }

    pub(crate) fn disagree(&self, problem: String) {
        self.statements().disagree(problem);
    }

    /// Compares the record with the identities that there were and with the server's log.
    pub(crate) fn report(&self, seen: &Seen) -> Report {
        let mut statements = self.statements();
        let agreed: Vec<_> = statements.agreed.clone().into_iter().collect();
        let mut requests = statements.failed;
        for ((generation, certificate), count) in agreed {
            requests += count;
            let expected = statements.expected.get(&generation).cloned();
            if expected.as_ref() != Some(&certificate) {
                statements.disagree(format!(
                    "{count} requests of generation {generation} went with {certificate} and not with {expected:?}"
                ));
            }
        }
        if seen.requests() != requests as u64 {
            statements.disagree(format!(
                "the server has seen {} requests, we have made {requests}",
                seen.requests()
            ));
        }
        let presented: HashSet<_> = seen.certificates().into_iter().collect();
        let expected: HashSet<_> = statements.expected.values().map(String::as_str).collect();
        if presented != expected {
            let numbers = (expected.len(), presented.len());
            statements.disagree(format!(
                "there were {} identities, the server has seen {}, not all the same",
                numbers.0, numbers.1
            ));
        }
        for (peer, reason) in &seen.refused {
            statements.disagree(format!("the server has rejected {peer}: {reason}"));
        }
        Report {
            requests,
            failed: statements.failed,
            disagreements: statements.disagreements,
            problems: statements.problems.clone(),
        }
    }

    fn statements(&self) -> MutexGuard<'_, Statements> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Statements {
    fn disagree(&mut self, problem: String) {
        self.disagreements += 1;
        self.tell(problem);
    }

    fn tell(&mut self, problem: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }
}
