//! Keeps the certificate of an acceptor, and the CAs of its clients, up to date with files.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use identity::Identity;
use tokio::time::{Instant, sleep_until};

use crate::acceptor::TlsAcceptor;
use crate::jitter::Jitter;
use crate::reload::event::{ReloadEvent, Renewal};
use crate::reload::expiry::{ExpiryWarnings, TrustWarnings};
use crate::reload::material::{Material, Refusals};
use crate::reload::source::IdentitySource;
use crate::reload::sources::{Polled, Sources};
use crate::reload::{AT_LEAST, INTERVAL};
use crate::tls::trust_anchors::TrustAnchors;

/// Keeps a [`TlsAcceptor`], and all its clones, up to date with sources of its identity and of the
/// CAs of its clients.
///
/// It polls them every half a minute; new content counts from the next handshake on, and what
/// cannot be used leaves the acceptor as it is. Connections that are open stay.
///
/// ```no_run
/// # fn example(acceptor: transport::TlsAcceptor) {
/// use identity::{FileSource, Loader};
/// use transport::{AcceptorReloader, TrustFiles};
///
/// let files = FileSource::pair(Loader::new().for_server(), "server.pem", "server.key");
/// let reloader = AcceptorReloader::new(acceptor, files).and(TrustFiles::only("callers.pem"));
/// tokio::spawn(reloader.on_event(|event| eprintln!("{event}")).run());
/// # }
/// ```
#[must_use = "it does nothing until it is run"]
pub struct AcceptorReloader {
    acceptor: TlsAcceptor,
    sources: Sources,
    interval: Duration,
    on_event: Box<dyn FnMut(&ReloadEvent) + Send>,
    in_use: Material,
    refusals: Refusals,
    warnings: ExpiryWarnings,
    trust_warnings: TrustWarnings,
}

impl AcceptorReloader {
    /// Creates a reloader for what a source provides.
    pub fn new(acceptor: TlsAcceptor, source: impl IdentitySource) -> Self {
        Self {
            acceptor,
            sources: Sources::new(source),
            interval: INTERVAL,
            on_event: Box::new(|_| {}),
            in_use: Material {
                identities: Vec::new(),
                trust: Arc::new(TrustAnchors::empty()),
            },
            refusals: Refusals::default(),
            warnings: ExpiryWarnings::default(),
            trust_warnings: TrustWarnings::default(),
        }
    }

    /// Adds a source for what the one before it does not provide.
    pub fn and(mut self, source: impl IdentitySource) -> Self {
        self.sources.push(source);
        self
    }

    /// Sets the interval between two polls, 30 seconds unless set; up to a tenth more or less each
    /// time.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(AT_LEAST);
        self
    }

    /// Sets a listener for all events; each event is also logged.
    pub fn on_event(mut self, listener: impl FnMut(&ReloadEvent) + Send + 'static) -> Self {
        self.on_event = Box::new(listener);
        self
    }

    /// Reloads until the future is dropped.
    pub async fn run(mut self) {
        loop {
            let pause = self.poll_once().await;
            sleep_until(Instant::now() + pause).await;
        }
    }

    /// Polls the sources once and puts into use what is new; returns how long to wait before the
    /// next call.
    pub async fn poll_once(&mut self) -> Duration {
        let Polled { is_waiting, events } = self.sources.poll(SOURCE_TIMEOUT).await;
        for event in events {
            self.emit(event);
        }
        let now = SystemTime::now();
        self.renew(now);
        self.warn(now);
        match is_waiting {
            true => AT_LEAST,
            false => Jitter::draw().of(self.interval),
        }
    }

    fn renew(&mut self, now: SystemTime) {
        let wanted = Material {
            identities: match self.identity(now) {
                Some(identity) => vec![identity],
                None => self.in_use.identities.clone(),
            },
            trust: Arc::clone(self.sources.trust().unwrap_or(&self.in_use.trust)),
        };
        for (material, renewal) in wanted.in_steps_from(&self.in_use) {
            let Some(identity) = material.identities.first() else {
                continue; // no source has had one yet
            };
            if self.refusals.contain(&material, now) {
                continue;
            }
            let has_client_cas = self.acceptor.requires_client_certificate();
            let client_cas = has_client_cas.then_some(&*material.trust);
            match self.acceptor.renew(identity, client_cas) {
                Ok(()) => {
                    let leaf = identity.leaf().sha256();
                    self.in_use = material;
                    return self.emit(ReloadEvent::AcceptorRenewed { leaf });
                }
                Err(error) => {
                    self.refusals.note(material, now);
                    let source = Box::new(error);
                    self.emit(ReloadEvent::Refused { renewal, source });
                    if renewal != Renewal::Both {
                        return;
                    }
                }
            }
        }
    }

    /// Returns the identity to present; none while no source has a valid one, so that the last one
    /// stays.
    fn identity(&self, now: SystemTime) -> Option<Arc<Identity>> {
        let mut sets = self.sources.identities();
        sets.find_map(|set| set.current_at(now)).cloned()
    }

    fn warn(&mut self, now: SystemTime) {
        let set = self.sources.identities().next();
        let warning = set.and_then(|set| self.warnings.next(set, now));
        let ends = self.trust_warnings.next(&self.in_use.trust, now);
        let ends = ends.into_iter().map(ReloadEvent::TrustExpires);
        for event in warning.into_iter().chain(ends) {
            self.emit(event);
        }
    }

    fn emit(&mut self, event: ReloadEvent) {
        event.log();
        (self.on_event)(&event);
    }
}

impl fmt::Debug for AcceptorReloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptorReloader")
            .field("acceptor", &self.acceptor)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

/// The timeout of one poll; files on a network file system may hang.
const SOURCE_TIMEOUT: Duration = Duration::from_secs(60);
