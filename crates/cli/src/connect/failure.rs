//! The failure of the walk: its step, cause, side and remedy.

use napi::Error;
use transport::{ClientAuth, ClientCertificateProblem, ConnectionInfo, HttpRefusal, HttpServer};

use crate::connect::failed_step::failed_step;
use crate::connect::step::StepName;
use crate::diagnose::service;
use crate::diagnosis::{Diagnosis, Side};
use crate::error_with_response::ErrorWithResponse;
use crate::exit::Exit;

/// A step that failed, and why.
pub(super) struct Failure {
    pub(super) step: StepName,
    pub(super) diagnosis: Diagnosis,
    pub(super) message: String,
}

/// The facts beside the error of the call.
pub(super) struct Circumstances<'a> {
    pub(super) connection: Option<&'a ConnectionInfo>,
    /// The page of a server in front of the service, if the response is one.
    pub(super) refusal: Option<HttpRefusal>,
    /// Whether there was a certificate to present.
    pub(super) has_identity: bool,
}

impl Failure {
    /// Puts the error of the call in its place.
    pub(super) fn of(error: Error, known: &Circumstances<'_>) -> Self {
        let step = failed_step(&error);
        let diagnosis = service::diagnosis(&error);
        let message = ErrorWithResponse(error).to_string();
        if let Some(refusal) = known.refusal {
            return Self::of_page(refusal, message);
        }
        let client_auth = known.connection.map(ConnectionInfo::client_auth);
        let is_unasked = known.has_identity && client_auth == Some(ClientAuth::NotRequested);
        match is_unasked && diagnosis.exit == Exit::Rejected {
            true => Self::unasked(&message),
            false => Self {
                step,
                diagnosis,
                message,
            },
        }
    }

    /// Makes the failure of a server that never asked for the certificate: to it we are strangers,
    /// whatever user and password say.
    fn unasked(message: &str) -> Self {
        Self {
            step: StepName::ClientCertificate,
            diagnosis: Diagnosis {
                kind: "client_certificate_not_requested".to_owned(),
                side: Side::Either,
                remedy: "check that --base-url is the host for mutual TLS; if it is, its operator \
                         has to request the certificate"
                    .into(),
                exit: Exit::Rejected,
            },
            message: format!("the server never asked for our certificate; {message}"),
        }
    }

    /// Makes the failure that the page of a known server reports, although it may be about
    /// something else: the certificate was presented, and the page says that it was not, or says
    /// little.
    fn of_page(refusal: HttpRefusal, message: String) -> Self {
        let is_lost = refusal.problem() == ClientCertificateProblem::Required;
        let (side, remedy) = match refusal.server() {
            HttpServer::Apache => (
                Side::Server,
                "have its operator request the certificate in the handshake, for the whole host",
            ),
            _ if is_lost => (
                Side::Server,
                "the certificate was presented: have the operator find out what in front of the \
                 service does not pass it on",
            ),
            _ => (
                Side::Either,
                "a gateway in front rejected the certificate or the request: check which account \
                 the certificate belongs to, then ask the operator for the log",
            ),
        };
        Self {
            step: StepName::ClientCertificate,
            diagnosis: Diagnosis {
                kind: "client_certificate_doubted".to_owned(),
                side,
                remedy: remedy.into(),
                exit: Exit::Rejected,
            },
            message: format!("{message}; this is {refusal}, which may be about our certificate"),
        }
    }
}
