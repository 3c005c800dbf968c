//! Pages of the gateway's own, such as its health: for programs of this machine.

use std::{
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use tokio::sync::watch;
use tower::{BoxError, ServiceBuilder, filter::FilterLayer};
use tower_service::Service;

use crate::accepting::accept;
use crate::body::caller_body::CallerBody;
use crate::body::response_body::GatewayBody;
use crate::check::browser::BrowserCheck;
use crate::check::own_scheme::OwnScheme;
use crate::check::target::{OwnNames, TargetCheck};
use crate::connection::ConnectionSettings;
use crate::connection::table::Connections;
use crate::error::Error;
use crate::limits::Limits;
use crate::listener::Listener;
use crate::timeouts::Timeouts;

/// A page of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    status: StatusCode,
    content_type: &'static str,
    text: String,
}

impl Page {
    /// Creates a page of plain text.
    #[must_use]
    pub fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            text: text.into(),
        }
    }

    /// Sets the type of the text.
    #[must_use]
    pub fn content_type(self, content_type: &'static str) -> Self {
        Self {
            content_type,
            ..self
        }
    }
}

/// Serves the pages that `page` returns for a path, until `stop` is ready.
///
/// They are for programs of this machine: a name other than that of loopback and web pages of other
/// sites are refused, as by a [`Gateway`](crate::Gateway).
///
/// # Errors
///
/// [`Error::PublicAddress`] if other machines can reach the listener.
pub async fn serve_pages<F>(
    listener: Listener,
    page: F,
    stop: impl Future<Output = ()>,
) -> Result<(), Error>
where
    F: Fn(&str) -> Option<Page> + Send + Sync + 'static,
{
    let address = listener.address();
    if address.is_public() {
        return Err(Error::PublicAddress {
            address: address.clone(),
        });
    }
    let service = ServiceBuilder::new()
        .layer(FilterLayer::new(TargetCheck {
            names: OwnNames::new(address, &[]),
            scheme: OwnScheme::HTTP,
        }))
        .layer(FilterLayer::new(BrowserCheck {
            scheme: OwnScheme::HTTP,
        }))
        .service(Pages(Arc::new(page)));
    let limits = Limits::default().connections(64).head(8 * 1024);
    let settings = ConnectionSettings {
        limits,
        timeouts: Timeouts::default(),
        anew: watch::Sender::new(()),
    };
    accept(listener, service, &Connections::new(64), &settings, stop).await;
    Ok(())
}

struct Pages<F>(Arc<F>);

impl<F> Clone for Pages<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<F: Fn(&str) -> Option<Page>> Service<Request<CallerBody>> for Pages<F> {
    type Response = Response<GatewayBody>;
    type Error = BoxError;
    type Future = Ready<Result<Response<GatewayBody>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<CallerBody>) -> Self::Future {
        let page = match *request.method() {
            Method::GET | Method::HEAD => (self.0)(request.uri().path())
                .unwrap_or_else(|| Page::new(StatusCode::NOT_FOUND, "there is no such page\n")),
            _ => Page::new(StatusCode::METHOD_NOT_ALLOWED, "use GET\n"),
        };
        let mut response = Response::new(GatewayBody::own(page.text));
        *response.status_mut() = page.status;
        let fields = response.headers_mut();
        fields.insert(CONTENT_TYPE, HeaderValue::from_static(page.content_type));
        fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        ready(Ok(response))
    }
}
