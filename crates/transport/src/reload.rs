//! Reloading of identities and trust anchors: renewed ones replace those in use, and the next
//! identity takes over before the current one expires.
//!
//! One loop for both, so that those that belong together form one generation. Leaves out reading
//! files ([`identity::FileSource`], [`trust_files`]) and the change of connections
//! ([`MtlsClient::rotate`]).

pub(crate) mod acceptor_reloader;
mod blocking_source;
mod callback_failure;
pub(crate) mod event;
mod expiry;
mod material;
mod preparation;
mod probe;
pub(crate) mod source;
mod sources;
pub(crate) mod trust_files;

use std::{
    error::Error as StdError,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http_body::Body;
use identity::IdentitySet;
use tokio::time::{Instant, sleep_until};

use crate::client::MtlsClient;
use crate::client::rotation::PreparedGeneration;
use crate::connection::generation::Generation;
use crate::jitter::Jitter;
use crate::net::raw_connector::RawConnector;
use crate::net::tcp::TcpConnector;
use crate::reload::event::{ReloadEvent, Renewal};
use crate::reload::expiry::{ExpiryWarnings, TrustWarnings};
use crate::reload::material::{Material, Refusals};
use crate::reload::preparation::{PreparationFailure, Preparations};
use crate::reload::probe::{BoxError, Probe, run_probe};
use crate::reload::source::IdentitySource;
use crate::reload::sources::{Polled, Sources};

/// Keeps the identities and the trust anchors of a client up to date with sources: files, a set, or
/// a store of your own ([`IdentitySource`]).
///
/// It polls the sources every half a minute, and rotates the client when there is something new,
/// when a preferred member of the set begins to be valid, and before the identity in use expires.
/// With a [probe](Self::probe), it finds out beforehand whether the server would reject the new
/// identity, or the new trust anchors the server. On any failure the client keeps what it has, and
/// a part that cannot be used does not hold up the other.
///
/// ```no_run
/// # async fn example(
/// #     connector: transport::MtlsConnector,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use identity::{FileSource, Loader};
/// use transport::{IdentityReloader, MtlsClient};
///
/// let client: MtlsClient<http_body_util::Full<bytes::Bytes>> = MtlsClient::new(connector);
/// let source = FileSource::directory(Loader::new(), "/etc/napi/identities");
/// let reloader = IdentityReloader::new(client.clone(), source).on_event(|event| eprintln!("{event}"));
/// tokio::spawn(reloader.run());
/// # Ok(())
/// # }
/// ```
#[must_use = "it does nothing until it is run"]
pub struct IdentityReloader<B, C = TcpConnector> {
    client: MtlsClient<B, C>,
    sources: Sources,
    source_timeout: Duration,
    interval: Duration,
    clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
    probe: Option<Arc<Probe<B, C>>>,
    probe_timeout: Duration,
    on_event: Box<dyn FnMut(&ReloadEvent) + Send>,
    in_use: Material,
    preparations: Preparations<B, C>,
    refusals: Refusals,
    /// Consecutive steps in which something new was held back, as more may belong to it.
    held: u32,
    warnings: ExpiryWarnings,
    trust_warnings: TrustWarnings,
}

impl<B, C> IdentityReloader<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    /// Creates a reloader that keeps `client`, and all its clones, up to date with `source`.
    pub fn new(client: MtlsClient<B, C>, source: impl IdentitySource) -> Self {
        let in_use = Material {
            identities: Vec::new(),
            trust: client.trust(),
        };
        Self {
            client,
            sources: Sources::new(source),
            source_timeout: Duration::from_secs(60),
            interval: INTERVAL,
            clock: Box::new(SystemTime::now),
            probe: None,
            probe_timeout: Duration::from_secs(150),
            on_event: Box::new(|_| {}),
            in_use,
            preparations: Preparations::default(),
            refusals: Refusals::default(),
            held: 0,
            warnings: ExpiryWarnings::default(),
            trust_warnings: TrustWarnings::default(),
        }
    }

    /// Adds a source for what the sources before it do not provide: identities, or trust anchors.
    ///
    /// New content of several sources is put into use at once: while one of them is about to
    /// change, the others wait for it, for at most twenty steps.
    ///
    /// ```no_run
    /// # fn example(
    /// #     client: transport::MtlsClient<http_body_util::Full<bytes::Bytes>>,
    /// #     trust: transport::TrustFiles,
    /// # ) {
    /// use identity::{FileSource, Loader};
    /// use transport::IdentityReloader;
    ///
    /// let identities = FileSource::directory(Loader::new(), "/etc/napi/identities");
    /// let reloader = IdentityReloader::new(client, identities).and(trust);
    /// tokio::spawn(reloader.run());
    /// # }
    /// ```
    pub fn and(mut self, source: impl IdentitySource) -> Self {
        self.sources.push(source);
        self
    }

    /// Sets the interval between two polls, 30 seconds unless set; up to a tenth more or less each
    /// time, so that many processes do not reload in the same instant.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(AT_LEAST);
        self
    }

    /// Sets the clock by which certificates begin and expire; the system's unless set.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Box::new(now);
        self
    }

    /// Sets a probe of new identities and trust anchors: the closure gets a client that uses only
    /// them, sends a harmless request, and returns an error if it is rejected.
    ///
    /// If it fails, the client keeps what it has, and the probe is repeated after five minutes or
    /// when the files change, whichever comes first.
    pub fn probe<F>(mut self, probe: impl Fn(MtlsClient<B, C>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.probe = Some(Arc::new(move |client| Box::pin(probe(client))));
        self
    }

    /// Sets the timeout of a probe; 150 seconds unless set, as the client's own for a request.
    pub fn probe_timeout(mut self, probe_timeout: Duration) -> Self {
        self.probe_timeout = probe_timeout;
        self
    }

    /// Sets the timeout of one poll of a source, and of the set-up of a generation; 60 seconds
    /// unless set.
    ///
    /// Either is reported then. A source is not polled again until that poll returns, a generation
    /// is used once it is set up. A poll that never returns also blocks the shutdown of the
    /// runtime, but for [`Runtime::shutdown_timeout`](tokio::runtime::Runtime::shutdown_timeout).
    pub fn source_timeout(mut self, source_timeout: Duration) -> Self {
        self.source_timeout = source_timeout;
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

    /// Polls the sources once and reloads what is new; returns how long to wait before the next
    /// call.
    ///
    /// For callers with a timer of their own; [`run`](Self::run) calls it in a loop. A call that is
    /// dropped before it is done loses nothing but events; the next one resumes its work.
    pub async fn poll_once(&mut self) -> Duration {
        let is_waiting = self.poll_sources().await;
        if is_waiting && self.may_wait() {
            // Parts that belong together are often written one after the other.
            self.held = self.held.saturating_add(1);
        } else {
            self.held = 0;
            self.rotate_if_needed().await;
        }
        self.warn();
        self.pause(is_waiting)
    }

    /// Checks whether new content may wait for a source that is about to change; the first
    /// identities may not, since without one no request succeeds.
    fn may_wait(&self) -> bool {
        let is_first = self.in_use.identities.is_empty() && self.set().is_some();
        self.sources.len() > 1 && !is_first && self.held < MOST_HELD
    }

    /// Polls all sources; returns whether one of them is about to change.
    async fn poll_sources(&mut self) -> bool {
        let Polled { is_waiting, events } = self.sources.poll(self.source_timeout).await;
        for event in events {
            self.emit(event);
        }
        is_waiting
    }

    fn set(&self) -> Option<&IdentitySet> {
        self.sources.identities().next()
    }

    /// Returns the content that the next generation should have.
    fn wanted(&self, now: SystemTime) -> Material {
        let usable: Vec<_> = match self.set() {
            Some(set) => set.usable_at(now).cloned().collect(),
            None => Vec::new(),
        };
        Material {
            // What is in use stays when nothing is valid: the clock may be wrong, and a rejection
            // tells the operator more than a connection without certificate.
            identities: match usable.is_empty() {
                true => self.in_use.identities.clone(),
                false => usable,
            },
            trust: Arc::clone(self.sources.trust().unwrap_or(&self.in_use.trust)),
        }
    }

    /// Rotates the client if its content is not the wanted one.
    async fn rotate_if_needed(&mut self) {
        let now = (self.clock)();
        // The caller may have published a generation with anchors that had been removed.
        self.in_use.trust = self.client.trust();
        // Likewise for identities: those of the source are presented again.
        let in_use = self.in_use.identities.iter();
        let in_use = in_use.map(|identity| identity.leaf().sha256());
        if !in_use.eq(self.client.leaves()) {
            self.in_use.identities.clear();
        }
        let wanted = self.wanted(now);
        let steps = wanted.in_steps_from(&self.in_use);
        self.preparations.keep(&steps);
        for (material, renewal) in steps {
            // A failed probe is not repeated with each poll: it is a request to the server.
            if self.refusals.contain(&material, now) {
                continue;
            }
            match self.prepared(&material, renewal).await {
                Ok(prepared) => {
                    let generation = self.client.publish(&prepared);
                    if generation != prepared.generation() {
                        // The caller rotated meanwhile: the next step starts from that.
                        return;
                    }
                    self.in_use = material;
                    return self.emit_renewal(generation, renewal);
                }
                Err(failure) => {
                    if failure.is_lasting {
                        self.refusals.note(material, now);
                    }
                    if let Some(source) = failure.news {
                        self.emit(ReloadEvent::Refused { renewal, source });
                        if !failure.is_lasting {
                            return; // late, and not tried in parts: they may work only as a whole
                        }
                    }
                }
            }
        }
    }

    /// Prepares a generation and probes it.
    ///
    /// By `&mut self`: a future that holds `&self` is `Send` only if the listener is `Sync`.
    async fn prepared(
        &mut self,
        material: &Material,
        renewal: Renewal,
    ) -> Result<PreparedGeneration<B, C>, PreparationFailure> {
        let (client, limit) = (&self.client, self.source_timeout);
        let preparing = self.preparations.prepared(client, material, renewal, limit);
        let prepared = preparing.await?;
        if let Some(probe) = self.probe.clone() {
            let trial = run_probe(probe, self.probe_timeout, prepared.client());
            trial.await.map_err(PreparationFailure::lasting)?;
        }
        Ok(prepared)
    }

    fn emit_renewal(&mut self, generation: Generation, renewal: Renewal) {
        let preferred = self.in_use.identities.first();
        let leaf = preferred.map(|identity| identity.leaf().sha256());
        if let (Some(leaf), Renewal::Both | Renewal::Identities) = (leaf, renewal) {
            self.emit(ReloadEvent::Rotated { generation, leaf });
        }
        if renewal != Renewal::Identities {
            let (anchors, lists) = self.in_use.trust.counts();
            self.emit(ReloadEvent::TrustRenewed {
                generation,
                anchors,
                lists,
            });
        }
    }

    fn warn(&mut self) {
        self.client.report_expiry(); // a client without requests opens no connection, which would do it
        let now = (self.clock)();
        let set = self.set().cloned();
        let warning = set.and_then(|set| self.warnings.next(&set, now));
        let ends = self.trust_warnings.next(&self.in_use.trust, now);
        for event in warning
            .into_iter()
            .chain(ends.into_iter().map(ReloadEvent::TrustExpires))
        {
            self.emit(event);
        }
    }

    fn emit(&mut self, event: ReloadEvent) {
        event.log();
        (self.on_event)(&event);
    }

    /// Returns the time until the next poll, or until the next change of the identity to present.
    fn pause(&self, is_waiting: bool) -> Duration {
        let regular = if is_waiting {
            AT_LEAST
        } else {
            Jitter::draw().of(self.interval)
        };
        let now = (self.clock)();
        let set = self.set();
        let change = set.and_then(|set| set.next_change_after(now));
        let until = change.and_then(|change| change.at.duration_since(now).ok());
        until
            .map_or(regular, |until| regular.min(until))
            .max(AT_LEAST)
    }
}

impl<B, C> fmt::Debug for IdentityReloader<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityReloader")
            .field("client", &self.client)
            .field("interval", &self.interval)
            .field("identities", &self.in_use.identities.len())
            .field("trust", &self.in_use.trust)
            .finish_non_exhaustive()
    }
}

/// The default interval between two polls.
const INTERVAL: Duration = Duration::from_secs(30);
/// The shortest interval: a source needs it between two polls to recognise a file that is being
/// written.
const AT_LEAST: Duration = Duration::from_secs(1);
/// The number of steps for which new content of one source waits for another.
const MOST_HELD: u32 = 20;
