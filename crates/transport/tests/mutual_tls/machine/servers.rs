//! The servers: one for each connection, with a shared policy, clock and record.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
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
use mock_tls::Ca;
use rustls::{
    CertificateError, Error as TlsError, HandshakeKind, ServerConfig, SupportedProtocolVersion,
    server::NoServerSessionStorage, time_provider::TimeProvider,
};
use rustls_pki_types::{CertificateDer, UnixTime};
use tokio::{io::DuplexStream, sync::watch};
use tokio_rustls::TlsAcceptor;
use transport::{ClientCertificateProblem, ErrorKind};

use crate::{
    certificates::{Issue, new_ca},
    judging::Judging,
    pipe::Pipes,
    server::Settings,
};

/// From new year to new year; the first is the one that the client starts with.
const VALIDITY: [(i32, i32); IDENTITIES] = [(2020, 2040), (2020, 2029), (2025, 2032), (2031, 2040)];
pub(super) const IDENTITIES: usize = 4;

pub(super) struct Servers {
    pub(super) ca: Ca,
    pub(super) identities: Vec<Arc<Identity>>,
    config: ServerConfig,
    state: Arc<State>,
}

/// The identity that was presented on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shown {
    pub(super) place: usize,
    /// Whether a session was resumed, so that the certificate was not verified anew.
    pub(super) is_resumed: bool,
}

#[derive(Debug)]
struct State {
    leaves: Vec<CertificateDer<'static>>,
    now: Mutex<SystemTime>,
    refused: Mutex<BTreeSet<usize>>,
    shown: Mutex<Vec<Shown>>,
    requests: Mutex<Vec<(usize, Method, Bytes)>>,
    /// Handshakes that the server has not ended yet.
    unsettled: watch::Sender<usize>,
}

impl Servers {
    pub(super) fn new(
        versions: &'static [&'static SupportedProtocolVersion],
        has_sessions: bool,
    ) -> Self {
        let ca = new_ca();
        let identities: Vec<_> = VALIDITY
            .iter()
            .map(|(from, to)| Arc::new(identity(&ca, *from, *to)))
            .collect();
        let state = Arc::new(State {
            leaves: identities.iter().map(|it| leaf(it).clone()).collect(),
            now: Mutex::new(new_year(2026)),
            refused: Mutex::default(),
            shown: Mutex::default(),
            requests: Mutex::default(),
            unsettled: watch::Sender::new(0),
        });
        let judging = Judging::by([ca.certificate()]).deciding({
            let state = Arc::clone(&state);
            move |leaf| state.decide(leaf)
        });
        let settings = Settings {
            client_verifier: Some(Arc::new(judging)),
            ..Settings::mutual(&ca)
        };
        let mut config = settings.versions(versions).server_config();
        if !has_sessions {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        config.time_provider = Arc::new(Clock(Arc::clone(&state)));
        Self {
            ca,
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

    /// Years of 365 days.
    pub(super) fn pass_years(&self, years: u32) {
        let year = Duration::from_secs(365 * 24 * 60 * 60);
        *self.state.now.lock().unwrap() += year * years;
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

    /// Returns the server's rejection of an identity as of now; `None` if it accepts it.
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

    /// Takes the identities that were presented since the last time, in order.
    pub(super) fn take_shown(&self) -> Vec<Shown> {
        std::mem::take(&mut self.state.shown.lock().unwrap())
    }

    /// Takes the requests that came to HTTP whole since the last time, and their identities.
    pub(super) fn take_requests(&self) -> Vec<(usize, Method, Bytes)> {
        std::mem::take(&mut self.state.requests.lock().unwrap())
    }

    /// Makes a connector that gives a pipe to a new server each time.
    pub(super) fn pipes(self: &Arc<Self>) -> Pipes {
        let servers = Arc::clone(self);
        Pipes::new(move |far| servers.serve(far))
    }

    fn serve(&self, far: DuplexStream) {
        let tls = TlsAcceptor::from(Arc::new(self.config.clone()));
        let state = Arc::clone(&self.state);
        state.unsettled.send_modify(|count| *count += 1);
        tokio::spawn(async move {
            let accepted = tls.accept(far).await;
            let place = accepted.as_ref().ok().map(|stream| {
                let tls = stream.get_ref().1;
                let place = state.place(tls.peer_certificates().unwrap().first().unwrap());
                if tls.handshake_kind() == Some(HandshakeKind::Resumed) {
                    state.shows(place.unwrap(), true);
                }
                place.unwrap()
            });
            state.unsettled.send_modify(|count| *count -= 1);
            let (Ok(stream), Some(place)) = (accepted, place) else {
                return;
            };
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let (state, method) = (Arc::clone(&state), request.method().clone());
                async move {
                    let body = request.into_body().collect().await?.to_bytes();
                    state.requests.lock().unwrap().push((place, method, body));
                    Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from_static(b"hello"))))
                }
            });
            let serving = auto::Builder::new(TokioExecutor::new());
            let _ended = serving
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

impl State {
    /// Records the identity that is presented, and rejects it by the policy of the moment.
    fn decide(&self, leaf: &CertificateDer<'_>) -> Result<(), TlsError> {
        let place = self.place(leaf).unwrap();
        self.shows(place, false);
        match self.refused.lock().unwrap().contains(&place) {
            true => Err(CertificateError::Revoked.into()),
            false => Ok(()),
        }
    }

    fn shows(&self, place: usize, is_resumed: bool) {
        let mut shown = self.shown.lock().unwrap();
        shown.push(Shown { place, is_resumed });
    }

    fn place(&self, leaf: &CertificateDer<'_>) -> Option<usize> {
        self.leaves.iter().position(|other| other == leaf)
    }
}

fn identity(ca: &Ca, from: i32, to: i32) -> Identity {
    let (certificate, key) = ca.client_pem(from, to);
    let loader = Loader::new().allow_outside_validity();
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
