//! Identities and trust anchors that follow their files: what is renewed is taken up, and what ends is left in time.
//!
//! One loop for both, so that what belongs together is one generation. Leaves out what is in the files
//! ([`identity::FileSource`], [`trust_files`]) and how connections change over ([`MtlsClient::rotate`]).

pub(crate) mod event;
mod expiry;
mod look;
mod material;
mod preparation;
mod probe;
pub(crate) mod source;
pub(crate) mod trust_files;
mod unfinished;

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
use crate::reload::look::Looking;
use crate::reload::material::{Material, Refusals};
use crate::reload::preparation::{Preparations, Setback};
use crate::reload::probe::{BoxError, Probe, tried};
use crate::reload::source::IdentitySource;
use crate::reload::unfinished::Unfinished;

/// Keeps the identities and the trust anchors of a client as sources say they are: files, a set, or a store of your own
/// ([`IdentitySource`]).
///
/// It looks at the sources every half a minute, and rotates the client when there is something new, when a member of the
/// set begins to be valid and is preferred, and before the one in use ends. With a [probe](Self::probe),
/// it finds out beforehand whether the server would refuse the new identity, or the new trust anchors would refuse the
/// server. Whatever goes wrong, the client keeps what it
/// has, and one part that cannot be used does not hold up the other.
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
    /// The first that gives something counts.
    sources: Vec<Looking>,
    source_timeout: Duration,
    interval: Duration,
    clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
    probe: Option<Arc<Probe<B, C>>>,
    probe_timeout: Duration,
    on_event: Box<dyn FnMut(&ReloadEvent) + Send>,
    in_use: Material,
    preparations: Preparations<B, C>,
    refusals: Refusals,
    /// Steps in a row for which something new was not taken up, as more may belong to it.
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
    /// Will keep `client`, and all its clones, as `source` says.
    pub fn new(client: MtlsClient<B, C>, source: impl IdentitySource) -> Self {
        let in_use = Material {
            identities: Vec::new(),
            trust: client.trust(),
        };
        Self {
            client,
            sources: vec![Looking::at(source)],
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

    /// Looks at another source as well, for what those before it do not give: identities, or trust anchors.
    ///
    /// What is new in several of them at once is taken up as one: while one of them is about to change, the others wait
    /// for it, for twenty steps at most.
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
        self.sources.push(Looking::at(source));
        self
    }

    /// How often to look at the files, 30 seconds unless set; a tenth more or less each time, so that many processes
    /// do not change over in the same instant.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(AT_LEAST);
        self
    }

    /// The clock by which certificates begin and end; the system's unless set.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Box::new(now);
        self
    }

    /// Tries new identities and trust anchors out before they are used: the closure gets a client that uses
    /// only them, sends a harmless request with it, and returns an error if it is refused.
    ///
    /// If it fails, the client keeps what it has, and the probe is repeated after five minutes or when the files
    /// change, whichever comes first.
    pub fn probe<F>(mut self, probe: impl Fn(MtlsClient<B, C>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.probe = Some(Arc::new(move |client| Box::pin(probe(client))));
        self
    }

    /// How long a probe may take; 150 seconds unless set, as a request of the client by default.
    pub fn probe_timeout(mut self, probe_timeout: Duration) -> Self {
        self.probe_timeout = probe_timeout;
        self
    }

    /// Sets how long a source may take for one look before it is told of and no longer waited for,
    /// and how long a generation may take to be set up; 60 seconds unless set.
    ///
    /// A source is not asked again until it has come back, and then counts as before; likewise a
    /// generation that is late is used once it is set up. Both run on threads of the runtime that
    /// may block, and nothing ends them: a source that never comes back holds up the end of the
    /// runtime, too. [`Runtime::shutdown_timeout`](tokio::runtime::Runtime::shutdown_timeout) ends
    /// the runtime without it.
    pub fn source_timeout(mut self, source_timeout: Duration) -> Self {
        self.source_timeout = source_timeout;
        self
    }

    /// Hears of everything that happens; each event is also logged.
    pub fn on_event(mut self, listener: impl FnMut(&ReloadEvent) + Send + 'static) -> Self {
        self.on_event = Box::new(listener);
        self
    }

    /// Reloads until it is dropped.
    pub async fn run(mut self) {
        loop {
            let pause = self.poll_once().await;
            sleep_until(Instant::now() + pause).await;
        }
    }

    /// Looks once and does what is to be done; returns how long to wait before the next time.
    ///
    /// For those who have a timer of their own; [`run`](Self::run) does this again and again. A step that is dropped
    /// before it is done loses no more than events; the next one does what it left.
    pub async fn poll_once(&mut self) -> Duration {
        let is_waiting = self.look().await;
        if is_waiting && self.is_worth_waiting() {
            self.held = self.held.saturating_add(1);
        } else {
            self.held = 0;
            self.change_over().await;
        }
        self.warn();
        self.pause(is_waiting)
    }

    /// Tells whether what is new may wait for what is about to change.
    ///
    /// The first identities do not: without one no request succeeds.
    fn is_worth_waiting(&self) -> bool {
        let is_first = self.in_use.identities.is_empty() && self.set().is_some();
        self.sources.len() > 1 && !is_first && self.held < MOST_HELD
    }

    /// Looks at all sources; returns whether one of them is about to change.
    async fn look(&mut self) -> bool {
        let mut is_waiting = false;
        let mut events = Vec::new();
        for source in &mut self.sources {
            match source.look(self.source_timeout).await {
                Ok(polled) => {
                    is_waiting |= polled.is_waiting;
                    events.extend(polled.events.into_iter().map(ReloadEvent::Source));
                    events.extend(polled.trust_events.into_iter().map(ReloadEvent::Trust));
                }
                Err(unfinished) => events.extend(unfinished.map(|unfinished| {
                    let source = unfinished.into();
                    ReloadEvent::Failed { source }
                })),
            }
        }
        for event in events {
            self.tell(event);
        }
        is_waiting
    }

    fn set(&self) -> Option<&IdentitySet> {
        let mut sources = self.sources.iter();
        sources.find_map(|source| source.identities.as_ref())
    }

    /// Returns what the client should have now.
    fn wanted(&self, now: SystemTime) -> Material {
        let usable: Vec<_> = match self.set() {
            Some(set) => set.usable_at(now).cloned().collect(),
            None => Vec::new(),
        };
        let trust = self.sources.iter().find_map(|source| source.trust.as_ref());
        Material {
            // What is in use stays when nothing is valid: the clock may be wrong, and a refusal says more than silence.
            identities: match usable.is_empty() {
                true => self.in_use.identities.clone(),
                false => usable,
            },
            trust: Arc::clone(trust.unwrap_or(&self.in_use.trust)),
        }
    }

    /// Rotates the client if what it should have is not what it has.
    async fn change_over(&mut self) {
        let now = (self.clock)();
        // A generation that was prepared by hand meanwhile may have brought back anchors that had been removed.
        self.in_use.trust = self.client.trust();
        // Likewise identities: what the source says is presented again.
        let in_use = self.in_use.identities.iter().map(|it| it.leaf().sha256());
        if !in_use.eq(self.client.leaves()) {
            self.in_use.identities.clear();
        }
        let wanted = self.wanted(now);
        let steps = wanted.in_steps_from(&self.in_use);
        self.preparations.keep(&steps);
        for (material, renewal) in steps {
            if self.refusals.contain(&material, now) {
                continue;
            }
            match self.prepared(&material, renewal).await {
                Ok(successor) => {
                    let generation = self.client.publish(&successor);
                    if generation != successor.generation() {
                        // Someone else rotated meanwhile. The next step begins with what there is now.
                        return;
                    }
                    self.in_use = material;
                    return self.tell_renewed(generation, renewal);
                }
                Err(Setback::Late { is_news: false }) => {}
                // Not noted among the refusals: it is used as soon as it is there.
                Err(Setback::Late { is_news: true }) => {
                    let source = Unfinished::PreparationTimedOut.into();
                    self.tell(ReloadEvent::Refused { renewal, source });
                }
                Err(Setback::Refused(source)) => {
                    self.refusals.note(material, now);
                    self.tell(ReloadEvent::Refused { renewal, source });
                }
            }
        }
    }

    /// Sets a generation up and tries it out.
    ///
    /// Not by a borrow of the whole while it waits: the listener may be one that no two threads can call.
    async fn prepared(
        &mut self,
        material: &Material,
        renewal: Renewal,
    ) -> Result<PreparedGeneration<B, C>, Setback> {
        let (client, limit) = (&self.client, self.source_timeout);
        let prepared = self.preparations.prepared(client, material, renewal, limit);
        let successor = prepared.await?;
        if let Some(probe) = self.probe.clone() {
            let trial = tried(probe, self.probe_timeout, successor.client());
            trial.await.map_err(Setback::Refused)?;
        }
        Ok(successor)
    }

    fn tell_renewed(&mut self, generation: Generation, renewal: Renewal) {
        let preferred = self.in_use.identities.first();
        let leaf = preferred.map(|identity| identity.leaf().sha256());
        if let (Some(leaf), Renewal::Both | Renewal::Identities) = (leaf, renewal) {
            self.tell(ReloadEvent::Rotated { generation, leaf });
        }
        if renewal != Renewal::Identities {
            let (anchors, lists) = self.in_use.trust.counts();
            self.tell(ReloadEvent::TrustRenewed {
                generation,
                anchors,
                lists,
            });
        }
    }

    fn warn(&mut self) {
        // Also where nothing connects: what a client without requests goes by ends all the same.
        self.client.tell_expiry();
        let now = (self.clock)();
        let set = self.set().cloned();
        let warning = set.and_then(|set| self.warnings.next(&set, now));
        let ends = self.trust_warnings.next(&self.in_use.trust, now);
        for event in warning
            .into_iter()
            .chain(ends.into_iter().map(ReloadEvent::TrustExpires))
        {
            self.tell(event);
        }
    }

    fn tell(&mut self, event: ReloadEvent) {
        event.log();
        (self.on_event)(&event);
    }

    /// Until the next look, or until the identity to present changes, whichever comes first.
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

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(30);
/// A source asks for at least this between two looks, so that it can tell a file that is being written.
const AT_LEAST: Duration = Duration::from_secs(1);
/// Steps for which what is new in one source waits for another.
const MOST_HELD: u32 = 20;
