//! The step between TCP and our TLS: through the proxy, or past it.

use std::{
    error::Error as StdError,
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Uri, uri::Authority};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::connection::phase::Phase;
use crate::connection::steps::{Reporting, Steps};
use crate::error::client_certificate::ClientCertificateProblem;
use crate::error::config_error::ConfigError;
use crate::error::proxy_problem::ProxyProblem;
use crate::error::server_certificate::ServerCertificateProblem;
use crate::error::{Error, ErrorKind};
use crate::net::proxy::Proxy;
use crate::net::proxy::connect::{ConnectRequest, NoReply};
use crate::net::proxy::reply::Reply;
use crate::net::proxy::stream::{Leg, ProxyStream};
use crate::net::raw_connector::RawConnector;
use crate::net::tcp::TcpConnector;
use crate::timeouts::Deadlines;
use crate::tls::client_auth::{ClientAuthRecord, OneIdentity};
use crate::tls::client_config::Recipe;

/// Connects through a [`Proxy`], or directly where it says so; what
/// [`MtlsConnectorBuilder::proxy`](crate::MtlsConnectorBuilder::proxy) puts beneath the connector.
///
/// The connector beneath it connects to the proxy and never hears of the server, so that no name is resolved here
/// which only the proxy knows. Cheap to clone; clones share the TLS sessions with an `https` proxy, which are never
/// those with a server.
#[derive(Clone)]
pub struct ProxyConnector<C = TcpConnector> {
    inner: C,
    reports: Reporting<C>,
    settings: Arc<Settings>,
    tls: Tls,
    /// Of the next connection, if anyone wants to know.
    steps: Option<Steps>,
}

struct Settings {
    proxy: Proxy,
    deadlines: Deadlines,
}

/// How an `https` proxy is spoken to.
#[derive(Clone)]
struct Tls {
    /// Without our identity, and with a store of sessions of its own.
    connector: TlsConnector,
    /// Says that we have none.
    nobody: Arc<OneIdentity>,
}

impl Tls {
    fn new(recipe: &Recipe) -> Result<Self, ConfigError> {
        let nobody = OneIdentity::new(None);
        let config = recipe.proxy_config(&nobody)?;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            nobody,
        })
    }
}

impl<C> ProxyConnector<C> {
    pub(crate) fn new(
        inner: C,
        reports: Reporting<C>,
        proxy: Proxy,
        recipe: &Recipe,
        deadlines: Deadlines,
    ) -> Result<Self, ConfigError> {
        let settings = Settings { proxy, deadlines };
        Ok(Self {
            inner,
            reports,
            settings: Arc::new(settings),
            tls: Tls::new(recipe)?,
            steps: None,
        })
    }

    /// Trusts proxies as `recipe` says from now on, and resumes no session from before.
    pub(crate) fn retrust(&mut self, recipe: &Recipe) -> Result<(), ConfigError> {
        self.tls = Tls::new(recipe)?;
        Ok(())
    }

    pub(crate) fn report(&mut self, steps: &Steps) {
        self.steps = Some(steps.clone());
    }
}

impl<C> Service<Uri> for ProxyConnector<C>
where
    C: RawConnector,
{
    type Response = ProxyStream<C::Response>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx).map_err(Error::not_connected)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let steps = self.steps.take().unwrap_or_default();
        let Some(hop) = self.settings.proxy.hop_to(&target) else {
            (self.reports)(&mut self.inner, &steps);
            let connecting = self.inner.call(target);
            return Box::pin(async {
                let io = connecting.await.map_err(Error::not_connected)?;
                Ok(ProxyStream::direct(io))
            });
        };
        let user_agent = self.settings.proxy.user_agent.as_ref();
        let Some(request) = ConnectRequest::new(&target, hop, user_agent) else {
            return Box::pin(async { Err(Error::new(ErrorKind::NotHttps, Phase::Resolve)) });
        };
        let step = ProxyStep {
            request,
            authority: hop.authority.clone(),
            tls: (hop.tls.clone()).map(|name| (self.tls.connector.clone(), name)),
            nobody: Arc::clone(&self.tls.nobody),
            has_credentials: hop.credentials.is_some(),
            deadlines: self.settings.deadlines,
        };
        let connect_by = self.settings.deadlines.connect_end();
        steps.begin(Phase::Proxy);
        (self.reports)(&mut self.inner, &steps.to_proxy());
        let connecting = self.inner.call(hop.uri());
        Box::pin(async move {
            let io = match timeout_at(connect_by, connecting).await {
                Ok(connected) => connected.map_err(no_proxy_reached)?,
                Err(_) => return Err(Error::timeout(Phase::Proxy, None)),
            };
            let deadline = step.deadlines.proxy_end().min(connect_by);
            let start = Instant::now();
            let opened = timeout_at(deadline, step.open(io)).await;
            steps.note_proxy(start.elapsed());
            opened.unwrap_or_else(|_| Err(Error::timeout(Phase::Proxy, None)))
        })
    }
}

/// The step over a connection to the proxy.
struct ProxyStep {
    request: ConnectRequest,
    authority: Authority,
    /// How it is encrypted, and the name to verify; none if it is not.
    tls: Option<(TlsConnector, ServerName<'static>)>,
    nobody: Arc<OneIdentity>,
    has_credentials: bool,
    deadlines: Deadlines,
}

impl ProxyStep {
    async fn open<IO>(self, io: IO) -> Result<ProxyStream<IO>, Error>
    where
        IO: Read + Write + Send + Unpin,
    {
        let (io, record) = (TokioIo::new(io), ClientAuthRecord::default());
        let mut leg = match self.tls {
            None => Leg::Clear(io),
            Some((connector, name)) => match self
                .nobody
                .during(&record, connector.connect(name, io))
                .await
            {
                Ok(tls) => Leg::Tls(Box::new(tls)),
                Err(error) => return Err(broken(error, &record)),
            },
        };
        let reply = match self.request.exchange(&mut leg).await {
            Ok(reply) => reply,
            Err(NoReply::Problem(problem)) => return Err(failed(problem)),
            Err(NoReply::Io(error)) => return Err(broken(error, &record)),
        };
        tracing::debug!(proxy = %self.authority, status = reply.status, "proxy answered");
        match refusal(&reply, self.has_credentials) {
            Some(problem) => Err(failed(problem)),
            None => Ok(ProxyStream::tunnel(leg, reply.early, self.authority)),
        }
    }
}

/// Why a reply opens no tunnel; "any 2xx (Successful) response" does.
fn refusal(reply: &Reply, had_credentials: bool) -> Option<ProxyProblem> {
    match reply.status {
        200..300 => None,
        407 if reply.takes_basic == Some(false) => Some(ProxyProblem::UnsupportedScheme),
        407 if had_credentials => Some(ProxyProblem::CredentialsRefused),
        407 => Some(ProxyProblem::CredentialsRequired),
        status => Some(ProxyProblem::Refused { status }),
    }
}

fn failed(problem: ProxyProblem) -> Error {
    Error::new(ErrorKind::Proxy(problem), Phase::Proxy)
}

/// The meaning of an I/O error on the way to the proxy.
fn broken(error: io::Error, record: &ClientAuthRecord) -> Error {
    let tls = error.get_ref().and_then(|carried| carried.downcast_ref());
    let certificate = tls.and_then(ServerCertificateProblem::from_tls);
    let problem = match tls {
        None => ProxyProblem::Closed,
        Some(rustls::Error::AlertReceived(alert))
            if ClientCertificateProblem::from_alert(*alert, record.outcome()).is_some() =>
        {
            ProxyProblem::ClientCertificate
        }
        Some(_) => certificate.map_or(ProxyProblem::Tls, ProxyProblem::Certificate),
    };
    Error::with_source(ErrorKind::Proxy(problem), Phase::Proxy, None, error)
}

/// What the connector beneath could not do, said of the proxy.
fn no_proxy_reached(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
    let error = error.into();
    let kind = match Error::find(&*error).map(Error::kind) {
        // Ours, whoever is at the other end.
        Some(kind @ (ErrorKind::Local(_) | ErrorKind::Timeout)) => kind,
        Some(ErrorKind::Resolve) => ErrorKind::Proxy(ProxyProblem::Resolve),
        _ => ErrorKind::Proxy(ProxyProblem::Unreachable),
    };
    Error::with_source(kind, Phase::Proxy, None, error)
}

impl<C> fmt::Debug for ProxyConnector<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyConnector")
            .field("proxy", &self.settings.proxy)
            .field("deadlines", &self.settings.deadlines)
            .finish_non_exhaustive()
    }
}
