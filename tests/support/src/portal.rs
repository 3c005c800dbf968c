//! The customer portal as a customer uses it, and the event log that tests read. Plain HTTP on
//! loopback.

use std::{net::SocketAddr, ops::Range};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use mock_napi::{
    Account, Event, EventKind, ProblemCode, ProxyScript, Script, ServerCertificate, ServiceSettings,
};
use serde::Deserialize;

/// A customer's browser.
#[derive(Clone, Debug)]
pub struct Portal {
    url: String,
    http: Client<HttpConnector, Full<Bytes>>,
}

/// A request that the portal refused.
#[derive(Debug)]
pub struct Refused {
    /// The HTTP status.
    pub status: StatusCode,
    /// Every reason.
    pub problems: Vec<ProblemCode>,
}

impl Portal {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            http: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Returns the URL of the portal.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Uploads a request for an account and downloads the certificate, both PEM; it is valid for a
    /// year.
    ///
    /// # Errors
    ///
    /// If the portal cannot be reached. The inner error is its refusal.
    pub async fn certificate(
        &self,
        account: &Account,
        request: &str,
    ) -> anyhow::Result<Result<String, Refused>> {
        self.upload(account, request, "").await
    }

    /// Uploads as [`Portal::certificate`] does, with a validity given in seconds from now.
    ///
    /// # Errors
    ///
    /// As [`Portal::certificate`].
    pub async fn certificate_valid(
        &self,
        account: &Account,
        request: &str,
        seconds: Range<i64>,
    ) -> anyhow::Result<Result<String, Refused>> {
        let query = format!("?valid_from={}&valid_to={}", seconds.start, seconds.end);
        self.upload(account, request, &query).await
    }

    /// Uploads as [`Portal::certificate`] does, for the authentication of servers, so that no
    /// client is accepted with it.
    ///
    /// # Errors
    ///
    /// As [`Portal::certificate`].
    pub async fn certificate_for_servers(
        &self,
        account: &Account,
        request: &str,
    ) -> anyhow::Result<Result<String, Refused>> {
        self.upload(account, request, "?usage=server").await
    }

    /// Uploads as [`Portal::certificate`] does, to be signed by a CA that the mock does not know.
    ///
    /// # Errors
    ///
    /// As [`Portal::certificate`].
    pub async fn certificate_of_unknown_ca(
        &self,
        account: &Account,
        request: &str,
    ) -> anyhow::Result<Result<String, Refused>> {
        self.upload(account, request, "?issuer=unknown").await
    }

    async fn upload(
        &self,
        account: &Account,
        request: &str,
        query: &str,
    ) -> anyhow::Result<Result<String, Refused>> {
        let uri = format!("{}/portal/v1/certificates{query}", self.url);
        let upload = Request::post(uri)
            .header(header::AUTHORIZATION, basic(account))
            .body(Full::from(request.to_owned()))?;
        let (status, body) = read(self.http.request(upload).await?).await?;
        if status == StatusCode::CREATED {
            return Ok(Ok(String::from_utf8(body.into())?));
        }
        let refusal: Refusal = serde_json::from_slice(&body)
            .with_context(|| format!("the portal responded with {status} without saying why"))?;
        let problems = refusal
            .problems
            .into_iter()
            .map(|problem| problem.code)
            .collect();
        Ok(Err(Refused { status, problems }))
    }

    /// Revokes a certificate of an account.
    ///
    /// # Errors
    ///
    /// If the portal cannot be reached or knows no such certificate.
    pub async fn revoke(&self, account: &Account, serial: &str) -> anyhow::Result<()> {
        let uri = format!("{}/portal/v1/certificates/{serial}", self.url);
        let revoke = Request::builder()
            .method(Method::DELETE)
            .uri(uri)
            .header(header::AUTHORIZATION, basic(account))
            .body(Full::default())?;
        let (status, _) = read(self.http.request(revoke).await?).await?;
        ensure!(
            status == StatusCode::NO_CONTENT,
            "the portal responded with {status}"
        );
        Ok(())
    }

    /// Revokes the certificate that was issued last, to whomever; it has to be of this account.
    ///
    /// # Errors
    ///
    /// As [`Portal::revoke`].
    pub async fn revoke_last(&self, account: &Account) -> anyhow::Result<()> {
        let events = self.events().await?;
        let serial = |event: &Event| match &event.kind {
            EventKind::CertificateIssued { serial, .. } => Some(serial.clone()),
            _ => None,
        };
        let last = events.iter().rev().find_map(serial);
        self.revoke(account, &last.context("no certificate was issued")?)
            .await
    }

    /// Turns the switch that has an organization enforce mutual TLS, as its portal user.
    ///
    /// # Errors
    ///
    /// If the portal cannot be reached or refuses.
    pub async fn set_enforced(&self, account: &Account, enforced: bool) -> anyhow::Result<()> {
        let uri = format!("{}/portal/v1/enforcement", self.url);
        let switch = serde_json::json!({ "enforced": enforced });
        let put = Request::put(uri)
            .header(header::AUTHORIZATION, basic(account))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(switch.to_string()))?;
        let (status, _) = read(self.http.request(put).await?).await?;
        ensure!(
            status == StatusCode::NO_CONTENT,
            "the portal responded with {status}"
        );
        Ok(())
    }

    /// Returns all events of the mock so far.
    ///
    /// # Errors
    ///
    /// If the log cannot be read.
    pub async fn events(&self) -> anyhow::Result<Vec<Event>> {
        self.log("").await
    }

    /// Returns all events of the connection from `client`, once the mock has closed it.
    ///
    /// # Errors
    ///
    /// If the log cannot be read, or the connection stays open.
    pub async fn events_of(&self, client: SocketAddr) -> anyhow::Result<Vec<Event>> {
        self.log(&format!("?peer={client}&until=closed")).await
    }

    /// Gives these scripts to the next connections, one each, after those already queued.
    ///
    /// # Errors
    ///
    /// If the mock cannot be reached or does not read them.
    pub async fn enqueue(&self, scripts: &[Script]) -> anyhow::Result<()> {
        let scripts = serde_json::to_vec(scripts)?;
        self.control(Method::POST, "scripts", scripts).await
    }

    /// Gives this script to every connection that finds the queue empty.
    ///
    /// # Errors
    ///
    /// As [`Portal::enqueue`].
    pub async fn repeat(&self, script: &Script) -> anyhow::Result<()> {
        let script = serde_json::to_vec(script)?;
        self.control(Method::PUT, "scripts/repeated", script).await
    }

    /// Gives these scripts to the next connections to the proxy, one each, after those already
    /// queued.
    ///
    /// # Errors
    ///
    /// As [`Portal::enqueue`].
    pub async fn enqueue_proxy(&self, scripts: &[ProxyScript]) -> anyhow::Result<()> {
        let scripts = serde_json::to_vec(scripts)?;
        self.control(Method::POST, "proxy/scripts", scripts).await
    }

    /// Presents a certificate of this kind on all connections that follow.
    ///
    /// # Errors
    ///
    /// As [`Portal::enqueue`].
    pub async fn change_server_certificate(&self, kind: ServerCertificate) -> anyhow::Result<()> {
        let kind = serde_json::to_vec(&kind)?;
        self.control(Method::PUT, "server_certificate", kind).await
    }

    /// Moves the mock's clock to so many seconds after the system's, or before it.
    ///
    /// # Errors
    ///
    /// As [`Portal::enqueue`].
    pub async fn set_clock(&self, offset_seconds: i64) -> anyhow::Result<()> {
        let clock = serde_json::json!({ "offset_seconds": offset_seconds });
        self.control(Method::PUT, "clock", clock.to_string().into())
            .await
    }

    /// Changes how NAPI answers from now on, on connections that are open too.
    ///
    /// # Errors
    ///
    /// As [`Portal::enqueue`].
    pub async fn set_service(&self, settings: &ServiceSettings) -> anyhow::Result<()> {
        let settings = serde_json::to_vec(settings)?;
        self.control(Method::PUT, "service", settings).await
    }

    /// Returns the revocation list of the server's CA, as PEM.
    ///
    /// # Errors
    ///
    /// If the mock cannot be reached.
    pub async fn server_revocation_list(&self) -> anyhow::Result<String> {
        let uri = format!("{}/mock/v1/revocations/server.pem", self.url);
        let (status, body) = read(self.http.get(uri.parse()?).await?).await?;
        ensure!(status == StatusCode::OK, "the revocation list: {status}");
        Ok(String::from_utf8(body.into())?)
    }

    /// Waits until a connection has reached the gate.
    ///
    /// # Errors
    ///
    /// If none does.
    pub async fn gate_reached(&self, gate: &str) -> anyhow::Result<Event> {
        let uri = format!("{}/mock/v1/gates/{gate}", self.url);
        let (status, body) = read(self.http.get(uri.parse()?).await?).await?;
        ensure!(status == StatusCode::OK, "waiting for {gate}: {status}");
        Ok(serde_json::from_slice(&body)?)
    }

    /// Opens a gate for good.
    ///
    /// # Errors
    ///
    /// If the mock cannot be reached.
    pub async fn open_gate(&self, gate: &str) -> anyhow::Result<()> {
        let path = format!("gates/{gate}");
        self.control(Method::POST, &path, Vec::new()).await
    }

    async fn control(&self, method: Method, path: &str, body: Vec<u8>) -> anyhow::Result<()> {
        let uri = format!("{}/mock/v1/{path}", self.url);
        let mut request = Request::builder().method(method).uri(uri);
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::from(body))?;
        let (status, body) = read(self.http.request(request).await?).await?;
        let said = String::from_utf8_lossy(&body);
        ensure!(status == StatusCode::NO_CONTENT, "{path}: {status} {said}");
        Ok(())
    }

    async fn log(&self, query: &str) -> anyhow::Result<Vec<Event>> {
        let uri = format!("{}/mock/v1/events{query}", self.url);
        let (status, body) = read(self.http.get(uri.parse()?).await?).await?;
        ensure!(
            status == StatusCode::OK,
            "the event log responded with {status}"
        );
        Ok(serde_json::from_slice(&body)?)
    }
}

#[derive(Deserialize)]
struct Refusal {
    problems: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    code: ProblemCode,
}

fn basic(account: &Account) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let user = account.portal();
    format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", user.user(), user.secret_password()))
    )
}

async fn read(response: Response<hyper::body::Incoming>) -> anyhow::Result<(StatusCode, Bytes)> {
    let status = response.status();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}
