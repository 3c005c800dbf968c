//! NAPI's small request, built without `napi`.

use anyhow::ensure;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt as _, Full};
use tower::Service as _;
use transport::MtlsClient;

use crate::{contestant::Exchange, job::Job};

/// `MtlsClient` with the path and the header fields of `napi::Client`, which any program sends that
/// calls NAPI: what the two differ by is the cost of `napi`.
#[derive(Clone)]
pub(crate) struct ByHand {
    client: MtlsClient<Full<Bytes>>,
    uri: Uri,
    headers: HeaderMap,
}

impl ByHand {
    pub(crate) fn new(
        client: MtlsClient<Full<Bytes>>,
        uri: Uri,
        authorization: &'static str,
    ) -> Self {
        let mut authorization = HeaderValue::from_static(authorization);
        authorization.set_sensitive(true);
        let headers = [
            (header::ACCEPT, HeaderValue::from_static("application/json")),
            (
                header::USER_AGENT,
                HeaderValue::from_static("napi-rust/0.1.0"),
            ),
            (header::ACCEPT_ENCODING, HeaderValue::from_static("gzip")),
            (header::AUTHORIZATION, authorization),
        ];
        let headers = headers.into_iter().collect();
        Self {
            client,
            uri,
            headers,
        }
    }
}

impl Exchange for ByHand {
    async fn exchange(&mut self, _: Job, _: &Uri) -> anyhow::Result<()> {
        let mut request = Request::new(Full::default());
        *request.uri_mut() = self.uri.clone();
        request.headers_mut().clone_from(&self.headers);
        let response = self.client.call(request).await?;
        ensure!(response.status().is_success(), "{}", response.status());
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(&*body == b"Hello acme-api", "another body: {body:?}");
        Ok(())
    }
}
