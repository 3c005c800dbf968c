//! The other side: a server for each connection, its policy, its clock, and what it has seen.

use std::{
    collections::BTreeSet,
    future::{Ready, ready},
    io,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Method, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use identity::{Identity, Loader};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error as TlsError, ServerConfig,
    SignatureScheme, SupportedProtocolVersion,
    client::danger::HandshakeSignatureValid,
    server::{
        NoServerSessionStorage,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    time_provider::TimeProvider,
};
use rustls_pki_types::{CertificateDer, UnixTime};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower::Service;
use transport::{ClientCertificateProblem, ErrorKind};

use crate::{
    authority::Authority,
    pipe::PipeEnd,
    server::{Settings, judging_by},
};

/// From new year to new year; the first is the one that the client starts with.
const VALIDITY: [(i32, i32); IDENTITIES] = [(2020, 2040), (2020, 2029), (2025, 2032), (2031, 2040)];
pub(super) const IDENTITIES: usize = 4;

pub(super) struct World {
    pub(super) authority: Authority,
    pub(super) identities: Vec<Arc<Identity>>,
    config: ServerConfig,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    leaves: Vec<CertificateDer<'static>>,
    now: Mutex<SystemTime>,
    refused: Mutex<BTreeSet<usize>>,
    shown: Mutex<Vec<usize>>,
    requests: Mutex<Vec<(usize, Method)>>,
    /// Handshakes that the server has not ended yet.
    unsettled: watch::Sender<usize>,
}

impl World {
    pub(super) fn new(versions: &'static [&'static SupportedProtocolVersion]) -> Self {
        let authority = Authority::new();
        let identities: Vec<_> = VALIDITY
            .iter()
            .map(|(from, to)| Arc::new(identity(&authority, *from, *to)))
            .collect();
        let state = Arc::new(State {
            leaves: identities.iter().map(|it| leaf(it).clone()).collect(),
            now: Mutex::new(new_year(2026)),
            refused: Mutex::default(),
            shown: Mutex::default(),
            requests: Mutex::default(),
            unsettled: watch::Sender::new(0),
        });
        let settings = Settings {
            client_verifier: Some(Arc::new(Judge {
                judge: judging_by([authority.der()]),
                state: Arc::clone(&state),
            })),
            ..Settings::mutual(&authority)
        };
        let mut config = settings.versions(versions).server_config();
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.time_provider = Arc::new(Clock(Arc::clone(&state)));
        Self {
            authority,
            identities,
            config,
            state,
        }
    }

    pub(super) fn uri(&self) -> Uri {
        Uri::from_static("https://localhost/")
    }

    pub(super) fn at<'a>(&'a self, places: &'a [usize]) -> impl Iterator<Item = &'a Identity> {
        places.iter().map(|place| &*self.identities[*place])
    }

    pub(super) fn place(&self, identity: &Identity) -> usize {
        self.state.place(leaf(identity)).unwrap()
    }

    pub(super) fn now(&self) -> SystemTime {
        *self.state.now.lock().unwrap()
    }

    pub(super) fn clock(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let state = Arc::clone(&self.state);
        move || *state.now.lock().unwrap()
    }

    pub(super) fn pass_years(&self, years: u64) {
        let year = Duration::from_secs(365 * 24 * 60 * 60);
        *self.state.now.lock().unwrap() += year * u32::try_from(years).unwrap();
    }

    pub(super) fn refuse(&self, place: usize, is_refused: bool) {
        let mut refused = self.state.refused.lock().unwrap();
        match is_refused {
            true => refused.insert(place),
            false => refused.remove(&place),
        };
    }

    pub(super) fn is_valid(&self, place: usize) -> bool {
        self.identities[place].is_valid_at(self.now())
    }

    /// What the server says of an identity now; nothing if it takes it.
    pub(super) fn verdict(&self, place: usize) -> Option<ErrorKind> {
        let problem = if self.state.refused.lock().unwrap().contains(&place) {
            ClientCertificateProblem::Revoked
        } else if !self.is_valid(place) {
            ClientCertificateProblem::Expired
        } else {
            return None;
        };
        Some(ErrorKind::ClientCertificate(problem))
    }

    /// Returns when the server has judged all that it was shown.
    pub(super) async fn settled(&self) {
        let mut unsettled = self.state.unsettled.subscribe();
        unsettled.wait_for(|count| *count == 0).await.unwrap();
    }

    /// The identities that were shown since the last time, in order.
    pub(super) fn take_shown(&self) -> Vec<usize> {
        std::mem::take(&mut self.state.shown.lock().unwrap())
    }

    /// The requests that came to HTTP since the last time, and as whom.
    pub(super) fn take_requests(&self) -> Vec<(usize, Method)> {
        std::mem::take(&mut self.state.requests.lock().unwrap())
    }
}

impl State {
    fn place(&self, leaf: &CertificateDer<'_>) -> Option<usize> {
        self.leaves.iter().position(|other| other == leaf)
    }
}

fn identity(authority: &Authority, from: i32, to: i32) -> Identity {
    let (certificate, key) = authority.client_pem(from, to);
    let loader = Loader::new().outside_validity();
    let loaded = loader.load(certificate.as_bytes(), key.as_bytes());
    loaded.unwrap().into_parts().0
}

fn leaf(identity: &Identity) -> &CertificateDer<'static> {
    identity.certificate_chain().first().unwrap()
}

fn new_year(year: u64) -> SystemTime {
    let days = (year - 1970) * 365 + (year - 1969) / 4;
    UNIX_EPOCH + Duration::from_secs(days * 24 * 60 * 60)
}

#[derive(Debug)]
struct Clock(Arc<State>);

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let since = self.0.now.lock().unwrap().duration_since(UNIX_EPOCH);
        Some(UnixTime::since_unix_epoch(since.unwrap()))
    }
}

/// Judges by the authority and by the policy of the moment, and writes down whom it has judged.
#[derive(Debug)]
struct Judge {
    judge: Arc<dyn ClientCertVerifier>,
    state: Arc<State>,
}

impl ClientCertVerifier for Judge {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.judge.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, TlsError> {
        let place = self.state.place(end_entity).unwrap();
        self.state.shown.lock().unwrap().push(place);
        if self.state.refused.lock().unwrap().contains(&place) {
            return Err(CertificateError::Revoked.into());
        }
        self.judge
            .verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

/// A connector that gives a pipe to a new server each time.
#[derive(Clone)]
pub(super) struct Pipes(pub(super) Arc<World>);

impl Service<Uri> for Pipes {
    type Response = PipeEnd;
    type Error = io::Error;
    type Future = Ready<io::Result<PipeEnd>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (near, far) = tokio::io::duplex(64 * 1024);
        let tls = TlsAcceptor::from(Arc::new(self.0.config.clone()));
        let state = Arc::clone(&self.0.state);
        state.unsettled.send_modify(|count| *count += 1);
        tokio::spawn(async move {
            let accepted = tls.accept(far).await;
            state.unsettled.send_modify(|count| *count -= 1);
            let Ok(stream) = accepted else { return };
            let peer = stream
                .get_ref()
                .1
                .peer_certificates()
                .unwrap()
                .first()
                .cloned();
            let place = state.place(&peer.unwrap()).unwrap();
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let method = request.method().clone();
                state.requests.lock().unwrap().push((place, method));
                async move {
                    request.into_body().collect().await?;
                    Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from_static(b"hello"))))
                }
            });
            let serving = auto::Builder::new(TokioExecutor::new());
            let _ended = serving
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        ready(Ok(PipeEnd::new(near)))
    }
}
