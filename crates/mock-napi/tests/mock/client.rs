//! A plain client for the portal, and identities for the client of NAPI.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use mock_napi::{Account, Credentials, MockNapi, Problem};
use rcgen::KeyPair;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
pub(crate) use test_client::{Client, ClientResponse, Identity, header};
use tokio::net::TcpStream;

use crate::request::{KEY, Request as CertificationRequest};

/// Returns the text of a response.
pub(crate) fn text(response: &ClientResponse) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

/// Writes Basic credentials as a header's value.
pub(crate) fn basic(credentials: &Credentials) -> String {
    test_client::basic(credentials.user(), credentials.secret_password())
}

/// Sends one request to the portal port.
pub(crate) async fn portal(
    mock: &MockNapi,
    method: &str,
    path: &str,
    credentials: Option<&Credentials>,
    body: impl Into<Bytes>,
) -> ClientResponse {
    let address = mock.portal_url().strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", address);
    if let Some(credentials) = credentials {
        request = request.header("authorization", basic(credentials));
    }
    let body = body.into();
    if path.starts_with("/mock/") && !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    let request = request.body(Full::new(body)).unwrap();
    collect(sender.send_request(request).await.unwrap()).await
}

/// Sends one request with these headers, and none of its own, to the portal port.
pub(crate) async fn browse(
    mock: &MockNapi,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> ClientResponse {
    let address = mock.portal_url().strip_prefix("http://").unwrap();
    browse_at(address, method, path, headers, body).await
}

/// Sends one request with these headers to this address.
pub(crate) async fn browse_at(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> ClientResponse {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap();
    collect(sender.send_request(request).await.unwrap()).await
}

/// Uploads a request as `account`, with a query such as `?valid_to=-1`.
pub(crate) async fn upload(
    mock: &MockNapi,
    account: &Account,
    query: &str,
    request: impl Into<Bytes>,
) -> ClientResponse {
    let path = format!("/portal/v1/certificates{query}");
    portal(mock, "POST", &path, Some(account.portal()), request).await
}

/// Returns the problems that an upload's response lists.
pub(crate) fn problems(response: &ClientResponse) -> Vec<Problem> {
    let mut body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    serde_json::from_value(body["problems"].take()).unwrap()
}

/// Puts a certificate and a key together, without a check that they match.
pub(crate) fn with_key(certificate: CertificateDer<'static>, key: &KeyPair) -> Identity {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    Identity::new(certificate, PrivateKeyDer::from(key))
}

/// Returns a certificate from the portal, for [`KEY`].
pub(crate) async fn issued(mock: &MockNapi, account: &Account, query: &str) -> Identity {
    let response = upload(mock, account, query, CertificationRequest::good().pem()).await;
    let status = response.status();
    assert_eq!(status, StatusCode::CREATED, "{}", text(&response));
    with_key(
        CertificateDer::from_pem_slice(response.body()).unwrap(),
        &KEY,
    )
}

async fn collect(response: Response<hyper::body::Incoming>) -> ClientResponse {
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}
