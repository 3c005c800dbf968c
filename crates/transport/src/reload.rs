//! Identities that follow their files: renewed certificates are taken up, and those that end are left in time.
//!
//! Leaves out what is in the files ([`identity::FileSource`]) and how connections change over
//! ([`MtlsClient::rotate`]).

pub(crate) mod event;
mod expiry;
pub(crate) mod source;

use std::{
    error::Error as StdError,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use http_body::Body;
use identity::{Identity, IdentitySet};
use tokio::{
    task::{JoinError, JoinSet},
    time::{Instant, sleep_until, timeout},
};

use crate::client::MtlsClient;
use crate::jitter::Jitter;
use crate::net::raw_connector::RawConnector;
use crate::net::tcp::TcpConnector;
use crate::reload::event::FollowEvent;
use crate::reload::expiry::ExpiryWarnings;
use crate::reload::source::{IdentitySource, Polled};
use crate::timeouts::FOR_EVER;

/// Keeps the identities of a client as a source says they are: files, a set, or a store of your own
/// ([`IdentitySource`]).
///
/// It looks at the source every half a minute, and rotates the client when there is something new, when a member of the
/// set begins to be valid and is preferred, and before the one in use ends. What the server would refuse it finds out
/// beforehand, if there is a [probe](Self::probe). Whatever goes wrong, the client keeps what it has.
///
/// ```no_run
/// # async fn example(
/// #     connector: transport::MtlsConnector,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use identity::{FileSource, Loader};
/// use transport::{Follower, MtlsClient};
///
/// let client: MtlsClient<http_body_util::Full<bytes::Bytes>> = MtlsClient::new(connector);
/// let source = FileSource::directory(Loader::new(), "/etc/napi/identities");
/// let follower = Follower::new(client.clone(), source).on_event(|event| eprintln!("{event}"));
/// tokio::spawn(follower.run());
/// # Ok(())
/// # }
/// ```
#[must_use = "it does nothing until it is run"]
pub struct Follower<B, C = TcpConnector> {
    client: MtlsClient<B, C>,
    /// Shared with the thread that reads the files.
    source: Arc<Mutex<dyn IdentitySource>>,
    interval: Duration,
    clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
    probe: Option<Arc<Probe<B, C>>>,
    probe_timeout: Duration,
    on_event: Box<dyn FnMut(&FollowEvent) + Send>,
    set: Option<IdentitySet>,
    /// What the client was given, in its order.
    in_use: Vec<Arc<Identity>>,
    /// What could not be used, and since when.
    refused: Option<(Vec<Arc<Identity>>, SystemTime)>,
    warnings: ExpiryWarnings,
}

type Probe<B, C> = dyn Fn(MtlsClient<B, C>) -> Probing + Send + Sync;
type Probing = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
type BoxError = Box<dyn StdError + Send + Sync>;

impl<B, C> Follower<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    /// Will keep `client`, and all its clones, as `source` says.
    pub fn new(client: MtlsClient<B, C>, source: impl IdentitySource) -> Self {
        Self {
            client,
            source: Arc::new(Mutex::new(source)),
            interval: INTERVAL,
            clock: Box::new(SystemTime::now),
            probe: None,
            probe_timeout: Duration::from_secs(150),
            on_event: Box::new(|_| {}),
            set: None,
            in_use: Vec::new(),
            refused: None,
            warnings: ExpiryWarnings::default(),
        }
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

    /// Tries new identities out before they are used: with a client that has nothing else, send a request that
    /// needs no more than to be let in.
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

    /// Hears of everything that happens; each event is also logged.
    pub fn on_event(mut self, listener: impl FnMut(&FollowEvent) + Send + 'static) -> Self {
        self.on_event = Box::new(listener);
        self
    }

    /// Follows until it is dropped.
    pub async fn run(mut self) {
        loop {
            let pause = self.step().await;
            sleep_until(Instant::now() + pause).await;
        }
    }

    /// Looks once and does what is to be done; returns how long to wait before the next time.
    ///
    /// For those who have a timer of their own; [`run`](Self::run) does this again and again. A step that is dropped
    /// before it is done loses no more than events; the next one does what it left.
    pub async fn step(&mut self) -> Duration {
        let mut is_waiting = false;
        match self.look().await {
            Ok((polled, current)) => {
                is_waiting = polled.is_waiting;
                self.set = current;
                for event in polled.events {
                    self.tell(FollowEvent::Source(event));
                }
            }
            Err(error) if error.is_panic() => {
                let source = Unfinished::SourcePanicked.into();
                self.tell(FollowEvent::Failed { source });
            }
            Err(_runtime_is_going_down) => {}
        }
        self.change_over().await;
        self.warn();
        self.pause(is_waiting)
    }

    /// Polls the source on a thread where it may block, and panic.
    ///
    /// The set is the source's own and not one of the look, which is lost if a step is dropped meanwhile.
    async fn look(&mut self) -> Result<(Polled, Option<IdentitySet>), JoinError> {
        let source = Arc::clone(&self.source);
        let looked = tokio::task::spawn_blocking(move || {
            let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
            let polled = source.poll();
            (polled, source.current().cloned())
        });
        looked.await
    }

    /// Rotates the client if those that are valid now are not those in use.
    async fn change_over(&mut self) {
        let now = (self.clock)();
        let Some(set) = self.set.clone() else { return };
        let usable: Vec<_> = set.usable_at(now).cloned().collect();
        // What is in use stays when nothing is valid: the clock may be wrong, and a refusal says more than silence.
        let Some(leaf) = usable.first().map(|it| it.leaf().sha256()) else {
            return;
        };
        if are_same(&usable, &self.in_use) || self.is_refused(&usable, now) {
            return;
        }
        let successor = match self.client.prepare(usable.iter().map(AsRef::as_ref)) {
            Ok(successor) => successor,
            Err(error) => return self.refuse(usable, now, error.into()),
        };
        // Not by a borrow of the whole: the listener may be one that no two threads can call.
        if let Some(probe) = self.probe.clone()
            && let Err(error) = tried(probe, self.probe_timeout, successor.client()).await
        {
            return self.refuse(usable, now, error);
        }
        let generation = self.client.publish(&successor);
        self.in_use = usable;
        self.refused = None;
        self.tell(FollowEvent::Rotated { generation, leaf });
    }

    fn is_refused(&self, identities: &[Arc<Identity>], now: SystemTime) -> bool {
        self.refused.as_ref().is_some_and(|(refused, since)| {
            let age = now.duration_since(*since);
            are_same(refused, identities) && age.is_ok_and(|age| age < PROBE_AGAIN)
        })
    }

    fn refuse(&mut self, identities: Vec<Arc<Identity>>, now: SystemTime, source: BoxError) {
        self.refused = Some((identities, now));
        self.tell(FollowEvent::Refused { source });
    }

    fn warn(&mut self) {
        let now = (self.clock)();
        let warning = self
            .set
            .as_ref()
            .and_then(|set| self.warnings.next(set, now));
        if let Some(event) = warning {
            self.tell(event);
        }
    }

    fn tell(&mut self, event: FollowEvent) {
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
        let set = self.set.as_ref();
        let change = set.and_then(|set| set.next_change_after(now));
        let until = change.and_then(|change| change.at.duration_since(now).ok());
        until
            .map_or(regular, |until| regular.min(until))
            .max(AT_LEAST)
    }
}

/// Runs the probe in a task of its own, so that neither a panic in it nor one without an end stops the follower.
async fn tried<B, C>(
    probe: Arc<Probe<B, C>>,
    probe_timeout: Duration,
    client: MtlsClient<B, C>,
) -> Result<(), BoxError>
where
    B: Send + 'static,
    C: Send + Sync + 'static,
{
    let mut probing = JoinSet::new(); // dropped, it ends the task
    probing.spawn(async move { probe(client).await });
    match timeout(probe_timeout.min(FOR_EVER), probing.join_next()).await {
        Ok(Some(Ok(outcome))) => outcome,
        Ok(_) => Err(Unfinished::ProbePanicked.into()),
        Err(_) => Err(Unfinished::ProbeTimedOut.into()),
    }
}

/// What is not ours did not come to its end.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    #[error("the probe panicked")]
    ProbePanicked,
    #[error("the probe did not end in time")]
    ProbeTimedOut,
    #[error("the source of the identities panicked; it is looked at again")]
    SourcePanicked,
}

/// Would a server see the same? A key that was only encrypted anew changes nothing.
fn are_same(one: &[Arc<Identity>], other: &[Arc<Identity>]) -> bool {
    let chains = |identities: &[Arc<Identity>]| -> Vec<_> {
        let chains = identities.iter().map(|it| it.certificate_chain().to_vec());
        chains.collect()
    };
    chains(one) == chains(other)
}

impl<B, C> fmt::Debug for Follower<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower")
            .field("client", &self.client)
            .field("interval", &self.interval)
            .field("in_use", &self.in_use.len())
            .finish_non_exhaustive()
    }
}

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(30);
/// A source asks for at least this between two looks, so that it can tell a file that is being written.
const AT_LEAST: Duration = Duration::from_secs(1);
/// How long after a failed probe the same identities are tried again.
const PROBE_AGAIN: Duration = Duration::from_secs(5 * 60);
