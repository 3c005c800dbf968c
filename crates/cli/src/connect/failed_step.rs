//! The step in which a call failed.

use napi::Error;
use transport::{ErrorKind, Phase};

use crate::connect::step::StepName;

/// Returns the step that an error belongs to.
pub(super) fn failed_step(error: &Error) -> StepName {
    match (error, error.transport()) {
        (_, Some(error)) => of_connection(error),
        (Error::Unauthorized { .. }, None) => StepName::BasicAuth,
        (Error::Hello { .. } | Error::Decode { .. } | Error::UnexpectedHtml { .. }, None) => {
            StepName::Hello
        }
        _ => StepName::Http,
    }
}

fn of_connection(error: &transport::Error) -> StepName {
    match error.kind() {
        ErrorKind::ClientCertificate(_) | ErrorKind::Renegotiation | ErrorKind::Signer(_) => {
            StepName::ClientCertificate
        }
        ErrorKind::ServerCertificate(_) => StepName::ServerCertificate,
        ErrorKind::Proxy(_) => StepName::Proxy,
        _ => of_phase(error.phase()),
    }
}

fn of_phase(phase: Phase) -> StepName {
    match phase {
        Phase::Queue | Phase::Resolve => StepName::Name,
        Phase::Connect => StepName::Tcp,
        Phase::Proxy => StepName::Proxy,
        Phase::Tls => StepName::Tls,
        _ => StepName::Http,
    }
}
