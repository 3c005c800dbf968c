//! The customer portal's part that matters here: upload a request, get a certificate, list them,
//! revoke them, enforce mutual TLS.
//!
//! The real portal is a web page; this HTTP shape of it is this crate's own. What it refuses, and
//! the limit of five, are the vendor's.

mod country;
mod extensions;
pub(crate) mod issue;
pub(crate) mod name;
mod request;
mod signature;
mod structure;
mod subject;
mod text;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use crate::account::Account;
use crate::basic;
use crate::description::Routes;
use crate::description::operation::{JSON, Method, Operation, Parameter, Part, Security, TEXT};
use crate::description::schema::{of, text};
use crate::enforcement::Switch;
use crate::event::ConnectionLog;
use crate::event::EventKind;
use crate::http;
use crate::local;
use crate::portal::issue::{IssueError, IssueQuery, Terms};
use crate::portal::request::AcceptedRequest;
use crate::problem::{Field, Problem, ProblemCode};
use crate::register::{Entry, IssuedCertificate};
use crate::vendor::Vendor;

/// Returns the portal's routes, with their descriptions.
pub(crate) fn routes() -> Routes<Arc<Vendor>> {
    let (certificates, enforcement) = ("/portal/v1/certificates", "/portal/v1/enforcement");
    let one = format!("{certificates}/{{serial}}");
    let operation = |method, path: &str, summary| {
        Operation::new(Part::Portal, method, path, summary)
            .secured(Security::PortalUser)
            .returns_nothing(401, "No account's portal user")
            .header(401, &[("WWW-Authenticate", "The scheme that is wanted")])
    };
    let upload = operation(Method::Post, certificates, "Certify a request (PKCS#10)");
    let list = operation(Method::Get, certificates, "List the account's certificates");
    let revocation = operation(Method::Delete, &one, "Revoke a certificate")
        .with(SERIAL)
        .returns_nothing(204, "It is revoked")
        .returns_nothing(404, "The account has no such certificate")
        .returns(500, local::NOT_KEPT, TEXT, text);
    let switch = operation(
        Method::Get,
        enforcement,
        "Tell whether mutual TLS is enforced",
    );
    let turn = operation(Method::Put, enforcement, "Enforce mutual TLS, or no longer");
    Routes::new()
        .serve(local::upload(upload), issue)
        .serve(
            list.returns(200, "All of them", JSON, of::<Vec<IssuedCertificate>>),
            self::list,
        )
        .serve(revocation, revoke)
        .serve(
            switch.returns(200, "The switch", JSON, of::<Switch>),
            self::enforcement,
        )
        .serve(local::turn(turn), enforce)
        .described(local::described)
        .served(|router| router.layer(DefaultBodyLimit::max(BODY_LIMIT)))
}

/// The serial number of a certificate.
const SERIAL: Parameter = Parameter::path(
    "serial",
    "The serial number of a certificate, in hexadecimal",
    text,
    || serde_json::json!("00112233445566778899aabbccddeeff"),
);

async fn issue(
    State(vendor): State<Arc<Vendor>>,
    Extension(log): Extension<ConnectionLog>,
    headers: HeaderMap,
    query: Result<Query<IssueQuery>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(account) = sign_in(&vendor, &headers) else {
        return login_refused();
    };
    let query = match query {
        Ok(Query(query)) => Ok(query),
        Err(_) => Err(issue::invalid_validity()),
    };
    certificate(certify_upload(&vendor, account, &log, body, query))
}

/// Certifies an upload, which may be none: too long, or cut off.
pub(crate) fn certify_upload(
    vendor: &Vendor,
    account: &Account,
    log: &ConnectionLog,
    body: Result<Bytes, BytesRejection>,
    query: Result<IssueQuery, Problem>,
) -> Result<Issued, Vec<Problem>> {
    match body {
        Ok(body) => certify(vendor, account, log, &body, query),
        Err(_) => {
            let message = "the request exceeds 64 KiB, or was cut off";
            let problem = Problem::new(Field::Request, ProblemCode::TooLarge, message);
            Err(record_refusal(account, log, vec![problem]))
        }
    }
}

/// Returns the response to an upload.
pub(crate) fn certificate(issued: Result<Issued, Vec<Problem>>) -> Response {
    match issued {
        Ok(issued) => {
            let headers = [
                ("content-type", "application/x-pem-file"),
                ("x-serial", &issued.serial),
            ];
            (StatusCode::CREATED, headers, issued.certificate_pem).into_response()
        }
        Err(problems) => refused(&problems),
    }
}

async fn list(State(vendor): State<Arc<Vendor>>, headers: HeaderMap) -> Response {
    match sign_in(&vendor, &headers) {
        Some(account) => {
            let now = vendor.server.clock().now();
            Json(vendor.register.list(account.name(), now)).into_response()
        }
        None => login_refused(),
    }
}

async fn revoke(
    State(vendor): State<Arc<Vendor>>,
    Extension(log): Extension<ConnectionLog>,
    Path(serial): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(account) = sign_in(&vendor, &headers) else {
        return login_refused();
    };
    match vendor.revoke(account, &serial, &log) {
        Ok(Some(())) => StatusCode::NO_CONTENT.into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => http::failed(&error),
    }
}

async fn enforcement(State(vendor): State<Arc<Vendor>>, headers: HeaderMap) -> Response {
    match sign_in(&vendor, &headers) {
        Some(account) => Json(vendor.enforcement.of(account.name())).into_response(),
        None => login_refused(),
    }
}

async fn enforce(
    State(vendor): State<Arc<Vendor>>,
    Extension(log): Extension<ConnectionLog>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(account) = sign_in(&vendor, &headers) else {
        return login_refused();
    };
    match serde_json::from_slice::<Switch>(&body) {
        Ok(switch) => match vendor.enforce(account, switch, &log) {
            Ok(()) => StatusCode::NO_CONTENT.into_response(),
            Err(error) => http::failed(&error),
        },
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

/// Returns the account whose "Manage mTLS" user sends the request.
fn sign_in<'a>(vendor: &'a Vendor, headers: &HeaderMap) -> Option<&'a Account> {
    let credentials = basic::credentials(headers)?;
    // An unknown user and a wrong password look alike from outside.
    let account = vendor.account_of_portal_user(credentials.user())?;
    (*account.portal() == credentials).then_some(account)
}

fn login_refused() -> Response {
    let headers = [(header::WWW_AUTHENTICATE, "Basic realm=\"portal\"")];
    (StatusCode::UNAUTHORIZED, headers).into_response()
}

/// A new certificate.
pub(crate) struct Issued {
    pub(crate) serial: String,
    pub(crate) serial_bytes: [u8; 16],
    pub(crate) certificate_pem: String,
}

/// Signs a request for an account, or says everything that stands against it; the log has either.
pub(crate) fn certify(
    vendor: &Vendor,
    account: &Account,
    log: &ConnectionLog,
    request: &[u8],
    query: Result<IssueQuery, Problem>,
) -> Result<Issued, Vec<Problem>> {
    match granted(vendor, account, request, query) {
        Ok((entry, certificate_pem)) => {
            log.record(issued(&entry));
            Ok(Issued {
                serial: entry.serial,
                serial_bytes: entry.serial_bytes,
                certificate_pem,
            })
        }
        Err(problems) => Err(record_refusal(account, log, problems)),
    }
}

fn record_refusal(account: &Account, log: &ConnectionLog, problems: Vec<Problem>) -> Vec<Problem> {
    log.record(EventKind::CertificateRefused {
        account: account.name().to_owned(),
        problems: problems.iter().map(|problem| problem.code).collect(),
    });
    problems
}

/// Returns the new certificate as PEM, or everything that stands against it.
fn granted(
    vendor: &Vendor,
    account: &Account,
    request: &[u8],
    query: Result<IssueQuery, Problem>,
) -> Result<(Entry, String), Vec<Problem>> {
    let terms = query.and_then(|query| Terms::from_query(query, vendor.server.clock().now()));
    let (request, terms) = match (AcceptedRequest::parse(request), terms) {
        (Ok(request), Ok(terms)) => (request, terms),
        (Ok(_), Err(problem)) => return Err(vec![problem]),
        (Err(problems), Ok(_)) => return Err(problems),
        // All problems at once: whoever mends a request wants to upload it once more, not five
        // times.
        (Err(mut problems), Err(problem)) => {
            problems.push(problem);
            return Err(problems);
        }
    };
    match issue::issue(vendor, account.name(), &request, terms) {
        Ok((entry, certificate)) => Ok((entry, certificate.pem())),
        Err(error) => Err(vec![error.into()]),
    }
}

fn issued(entry: &Entry) -> EventKind {
    EventKind::CertificateIssued {
        account: entry.account.clone(),
        serial: entry.serial.clone(),
        sha256: entry.sha256.clone(),
        subject: entry.subject.clone(),
    }
}

fn refused(problems: &[Problem]) -> Response {
    let has = |code| problems.iter().any(|problem| problem.code == code);
    // Several problems have one status; the size comes first, as nothing else was read then.
    let status = if has(ProblemCode::TooLarge) {
        StatusCode::PAYLOAD_TOO_LARGE
    } else if has(ProblemCode::TooManyCertificates) {
        StatusCode::CONFLICT
    } else if has(ProblemCode::NotKept) {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::BAD_REQUEST
    };
    (status, Json(serde_json::json!({ "problems": problems }))).into_response()
}

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::LimitReached => Self::new(
                Field::Account,
                ProblemCode::TooManyCertificates,
                "the account has five live certificates; revoke one, or wait until one expires",
            ),
            IssueError::Ca => Self::new(
                Field::Request,
                ProblemCode::Unsupported,
                "the mock's CA cannot encode this request into a certificate",
            ),
            IssueError::NotKept(error) => {
                Self::new(Field::Account, ProblemCode::NotKept, error.to_string())
            }
        }
    }
}

/// Bytes of a request body; a request with a key of 4096 bits has under 2 KiB.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;
