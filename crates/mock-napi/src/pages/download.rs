//! Downloads of a certificate, in the forms that portals have.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::pages::form::SignedIn;
use crate::pages::html::message;
use crate::pages::pkcs7;
use crate::register::Entry;
use crate::vendor::Vendor;

pub(super) fn routes() -> Router<Arc<Vendor>> {
    Router::new().route("/portal/certificates/{serial}/{form}", get(download))
}

async fn download(
    State(vendor): State<Arc<Vendor>>,
    by: SignedIn,
    Path((serial, form)): Path<(String, String)>,
) -> Response {
    let entry = vendor.register.of_account(by.account.name(), &serial);
    let file = entry.and_then(|entry| File::new(&entry, &form));
    let Some(file) = file else {
        let text = "This account has no certificate with this serial number, or it is offered in no such form.";
        return message(StatusCode::NOT_FOUND, "Not found", text, "/portal");
    };
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let headers = [
        (CONTENT_TYPE, file.media_type.to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ];
    (headers, file.bytes).into_response()
}

struct File {
    name: String,
    media_type: &'static str,
    bytes: Vec<u8>,
}

impl File {
    /// Returns a certificate in the form of this name; `None` if there is none.
    fn new(entry: &Entry, form: &str) -> Option<Self> {
        let (own, issuer) = (&*entry.certificate, &*entry.issuer);
        let one = |der: &[u8]| pem("CERTIFICATE", der.to_vec());
        let (ending, media_type, bytes) = match form {
            "pem" => (".pem", PEM, one(own).into_bytes()),
            "der" => (".cer", "application/pkix-cert", own.to_vec()),
            "chain" => ("-chain.pem", PEM, (one(own) + &one(issuer)).into_bytes()),
            "pkcs7" => {
                let text = pem("PKCS7", pkcs7::certificates_only(&[own, issuer]));
                (
                    ".p7b",
                    "application/x-pkcs7-certificates",
                    text.into_bytes(),
                )
            }
            _ => return None,
        };
        // The serial number is hexadecimal, so that nothing in the name needs quoting.
        let name = format!("client-{}{ending}", entry.serial);
        Some(Self {
            name,
            media_type,
            bytes,
        })
    }
}

const PEM: &str = "application/x-pem-file";

/// Returns what DER says as text (RFC 7468).
fn pem(label: &str, der: Vec<u8>) -> String {
    let unix = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(label, der), unix)
}
