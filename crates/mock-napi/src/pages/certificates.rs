//! The certificates of an account: listed, issued, revoked; and whether it enforces mutual TLS.

use std::sync::Arc;

use askama::Template;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::account::Account;
use crate::enforcement::Switch;
use crate::error::Error;
use crate::event::ConnectionLog;
use crate::pages::form::{NoMembers, SignedForm, SignedIn, foreign_form};
use crate::pages::html::{message, page};
use crate::pages::upload::{Upload, UploadError};
use crate::pages::when::{When, distance};
use crate::portal::issue::IssueQuery;
use crate::portal::{BODY_LIMIT, certify};
use crate::problem::{Field, Problem};
use crate::register::{CertificateState, Entry, LIVE_LIMIT};
use crate::vendor::Vendor;

pub(super) fn routes() -> Router<Arc<Vendor>> {
    Router::new()
        .route("/portal", get(certificates))
        .route("/portal/certificates", post(upload))
        .route(
            "/portal/certificates/{serial}/revoke",
            get(ask).post(revoke),
        )
        .route("/portal/enforcement", post(enforce))
        .layer(DefaultBodyLimit::max(2 * BODY_LIMIT)) // a request, the text of another, and a boundary
}

#[derive(Template)]
#[template(path = "certificates.html")]
struct CertificatesPage<'a> {
    user: &'a str,
    account: &'a str,
    form_token: &'a str,
    notice: Option<&'static str>,
    refusal: Refusal,
    certificates: Vec<Certificate>,
    live: usize,
    limit: usize,
    is_enforced: bool,
}

/// The reasons against the request that was sent, if there are any.
#[derive(Default)]
struct Refusal {
    /// The reason why the form has no request.
    form: Option<&'static str>,
    /// The problems of the certification request.
    problems: Vec<Reason>,
    /// The text that was pasted, to be mended.
    text: String,
}

struct Reason {
    field: &'static str,
    text: String,
}

/// A certificate as the page shows it.
struct Certificate {
    serial: String,
    common_name: String,
    subject: String,
    fingerprint: String,
    state: CertificateState,
    from: When,
    to: When,
    distance: String,
}

impl Certificate {
    fn new(entry: Entry, now: OffsetDateTime) -> Self {
        // The portal refuses a comma in any name.
        let mut names = entry.subject.split(", ");
        let common_name = names.find_map(|name| name.strip_prefix("CN="));
        Self {
            common_name: common_name.unwrap_or(&entry.subject).to_owned(),
            fingerprint: in_pairs(&entry.sha256),
            state: entry.state(now),
            from: When::new(entry.not_before),
            to: When::new(entry.not_after),
            distance: distance(now, entry.not_after),
            serial: entry.serial,
            subject: entry.subject,
        }
    }

    fn is_live(&self) -> bool {
        self.state == CertificateState::Live
    }

    fn state(&self) -> &'static str {
        match self.state {
            CertificateState::Expired => "Expired",
            CertificateState::Live => "Live",
            CertificateState::Revoked => "Revoked",
        }
    }
}

/// Returns hexadecimal digits as people compare them: `AB:CD:…`.
fn in_pairs(hex: &str) -> String {
    let pairs = hex.as_bytes().chunks(2);
    let pairs: Vec<_> = pairs.map(String::from_utf8_lossy).collect();
    pairs.join(":").to_ascii_uppercase()
}

#[derive(Deserialize)]
struct Notice {
    done: Option<String>,
}

async fn certificates(
    State(vendor): State<Arc<Vendor>>,
    by: SignedIn,
    Query(Notice { done }): Query<Notice>,
) -> Response {
    let notice = match done.as_deref() {
        Some("issued") => Some("The certificate is issued. Download it below."),
        Some("revoked") => {
            Some("The certificate is revoked. The service refuses it from the next handshake on.")
        }
        Some("enforced") => {
            Some("Mutual TLS is enforced. The plain endpoint rejects your users from now on.")
        }
        Some("optional") => {
            Some("Mutual TLS is optional again. The plain endpoint lets your users in.")
        }
        _ => None,
    };
    shown(&vendor, &by, StatusCode::OK, notice, Refusal::default())
}

fn shown(
    vendor: &Vendor,
    by: &SignedIn,
    status: StatusCode,
    notice: Option<&'static str>,
    refusal: Refusal,
) -> Response {
    let now = vendor.server.clock().now();
    let entries = vendor.register.all_of_account(by.account.name());
    let newest_first = entries.into_iter().rev();
    let certificates: Vec<_> = newest_first
        .map(|entry| Certificate::new(entry, now))
        .collect();
    let template = CertificatesPage {
        user: by.account.portal().user(),
        account: by.account.name(),
        form_token: &by.session.form_token,
        notice,
        refusal,
        live: certificates.iter().filter(|it| it.is_live()).count(),
        limit: LIVE_LIMIT,
        is_enforced: vendor.enforcement.of(by.account.name()).enforced,
        certificates,
    };
    page(status, &template)
}

async fn upload(
    State(vendor): State<Arc<Vendor>>,
    Extension(log): Extension<ConnectionLog>,
    by: SignedIn,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let form = match form {
        Ok(form) => Upload::read(form).await,
        Err(_) => Err(UploadError::Unreadable),
    };
    let form = match form {
        Ok(form) if form.form_token != by.session.form_token => return foreign_form(),
        Ok(form) => form,
        // Before anything was read that could have a token: nothing is changed by it either.
        Err(error) => return refused(&vendor, &by, &Upload::default(), Err(error)),
    };
    let request = match form.request() {
        Ok(request) => request,
        Err(error) => return refused(&vendor, &by, &form, Err(error)),
    };
    if request.len() > BODY_LIMIT {
        return refused(&vendor, &by, &form, Err(UploadError::TooLarge));
    }
    let query = Ok(IssueQuery::default());
    match certify(&vendor, &by.account, &log, &request, query) {
        Ok(_) => Redirect::to("/portal?done=issued").into_response(),
        Err(problems) => refused(&vendor, &by, &form, Ok(problems)),
    }
}

fn refused(
    vendor: &Vendor,
    by: &SignedIn,
    form: &Upload,
    why: Result<Vec<Problem>, UploadError>,
) -> Response {
    let mut refusal = Refusal {
        text: form.text.clone(),
        ..Refusal::default()
    };
    match why {
        Ok(problems) => refusal.problems = problems.into_iter().map(Reason::from).collect(),
        Err(error) => refusal.form = Some(error.text()),
    }
    shown(vendor, by, StatusCode::UNPROCESSABLE_ENTITY, None, refusal)
}

impl From<Problem> for Reason {
    fn from(problem: Problem) -> Self {
        Self {
            field: match problem.field {
                Field::Account => "Account",
                Field::Attributes => "Attributes",
                Field::CommonName => "Common name (CN)",
                Field::Country => "Country (C)",
                Field::Extensions => "Extensions",
                Field::Key => "Key",
                Field::Locality => "Locality (L)",
                Field::Organization => "Organization (O)",
                Field::OtherSubject => "Subject",
                Field::Query => "Query",
                Field::Request => "Request",
                Field::Signature => "Signature",
                Field::State => "State or province (ST)",
                Field::SubjectAltName => "Alternative names",
                Field::Validity => "Validity",
            },
            text: problem.message,
        }
    }
}

#[derive(Template)]
#[template(path = "revoke.html")]
struct RevokePage<'a> {
    user: &'a str,
    form_token: &'a str,
    certificate: Certificate,
}

/// Asks whether a certificate is to be revoked.
async fn ask(
    State(vendor): State<Arc<Vendor>>,
    by: SignedIn,
    Path(serial): Path<String>,
) -> Response {
    let Some(certificate) = live(&vendor, &by.account, &serial) else {
        return no_such_certificate();
    };
    let template = RevokePage {
        user: by.account.portal().user(),
        form_token: &by.session.form_token,
        certificate,
    };
    page(StatusCode::OK, &template)
}

fn live(vendor: &Vendor, account: &Account, serial: &str) -> Option<Certificate> {
    let entry = vendor.register.of_account(account.name(), serial)?;
    let certificate = Certificate::new(entry, vendor.server.clock().now());
    certificate.is_live().then_some(certificate)
}

fn no_such_certificate() -> Response {
    let text = "This account has no live certificate with this serial number. It may have been revoked meanwhile.";
    message(StatusCode::NOT_FOUND, "Not found", text, "/portal")
}

/// Says that something was done that the next start will not know of.
fn not_kept(error: &Error) -> Response {
    let text = format!("It is done, but only until the mock stops: {error}.");
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    message(status, "Not kept", &text, "/portal")
}

async fn revoke(
    State(vendor): State<Arc<Vendor>>,
    Extension(log): Extension<ConnectionLog>,
    Path(serial): Path<String>,
    SignedForm { by, .. }: SignedForm<NoMembers>,
) -> Response {
    match vendor.revoke(&by.account, &serial, &log) {
        Ok(Some(())) => Redirect::to("/portal?done=revoked").into_response(),
        Ok(None) => no_such_certificate(),
        Err(error) => not_kept(&error),
    }
}

#[derive(Deserialize)]
struct Enforce {
    enforced: bool,
}

async fn enforce(
    State(vendor): State<Arc<Vendor>>,
    Extension(log): Extension<ConnectionLog>,
    SignedForm { by, members }: SignedForm<Enforce>,
) -> Response {
    let Enforce { enforced } = members;
    if let Err(error) = vendor.enforce(&by.account, Switch { enforced }, &log) {
        return not_kept(&error);
    }
    Redirect::to(match enforced {
        true => "/portal?done=enforced",
        false => "/portal?done=optional",
    })
    .into_response()
}
