//! A request on its way through a handler: who calls, which version, how responses are to look.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::account::PACKAGE_ID;
use crate::event::ConnectionLog;
use crate::napi::authentication::Caller;
use crate::napi::client::Client;
use crate::napi::response;
use crate::napi::version::Version;
use crate::service::country::Country;
use crate::service::render::Render;
use crate::service::settings::ServiceSettings;
use crate::vendor::Vendor;

/// A request that was let in.
pub(crate) struct Call {
    pub(crate) vendor: Arc<Vendor>,
    pub(crate) settings: Arc<ServiceSettings>,
    pub(crate) caller: Caller,
    pub(crate) version: Version,
    pub(crate) log: ConnectionLog,
    /// The URL by which the client calls this server, with the mode before the path.
    pub(crate) base_url: String,
}

/// The response of a handler.
pub(crate) type Handled = Result<Response, Refused>;

/// A request that is not served, and its response.
pub(crate) struct Refused(Box<Response>);

impl From<Response> for Refused {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl FromRequestParts<Arc<Vendor>> for Call {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        vendor: &Arc<Vendor>,
    ) -> Result<Self, Self::Rejection> {
        let base_url = base_url(parts);
        let (Some(caller), Some(version), Some(client)) = (
            parts.extensions.remove::<Caller>(),
            parts.extensions.get::<Version>().copied(),
            parts.extensions.get::<Arc<Client>>(),
        ) else {
            return Err(StatusCode::INTERNAL_SERVER_ERROR.into_response()); // a route without its layers
        };
        Ok(Self {
            vendor: Arc::clone(vendor),
            settings: vendor.service.settings(),
            caller,
            version,
            log: client.log.clone(),
            base_url,
        })
    }
}

impl Call {
    pub(crate) fn render(&self) -> Render<'_> {
        Render(&self.settings)
    }

    pub(crate) fn ok(&self, value: Value) -> Response {
        response::ok(&self.settings, value)
    }

    /// Returns a 400 that says this, in the form of the version.
    pub(crate) fn refused(&self, message: &str) -> Refused {
        let status = StatusCode::BAD_REQUEST;
        response::problem(self.version, &self.settings, status, message).into()
    }

    /// Returns the country of this code, if the account may use it; all accounts have the same.
    pub(crate) fn country(&self, code: &str) -> Result<&'static Country, Refused> {
        let country = self.vendor.service.countries.find(code);
        country.ok_or_else(|| self.refused("Account not configured for this country"))
    }

    /// Returns whether an account has this configuration, in version 3 this package.
    pub(crate) fn configured(&self, name: &str) -> Result<(), Refused> {
        let (known, problem) = match self.version {
            Version::One => (CONFIGURATION, "Configuration name not valid"),
            Version::Three => (PACKAGE_ID, "Account not configured for this product"),
        };
        if name == known {
            return Ok(());
        }
        Err(self.refused(problem))
    }
}

/// Returns `https://HOST`, with the mode that a path begins with.
fn base_url(parts: &Parts) -> String {
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| parts.uri.authority().map(|it| it.as_str()));
    let host = host.unwrap_or("localhost");
    // A nested router sees the path without its prefix; this is the one that was sent.
    let sent = parts.extensions.get::<OriginalUri>();
    let path = sent.map_or_else(|| parts.uri.path(), |uri| Uri::path(&uri.0));
    let mode = MODES.iter().find(|mode| path.starts_with(**mode));
    format!("https://{host}{}", mode.copied().unwrap_or_default())
}

/// The only configuration that is documented.
pub(crate) const CONFIGURATION: &str = "Identity Verification";

/// The modes that may precede a path of version 1.
pub(crate) const MODES: [&str; 2] = ["/trial", "/live"];
