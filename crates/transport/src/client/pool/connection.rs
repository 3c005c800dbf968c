//! One connection of a pool: what is known of it, and what its driver is told.
//!
//! Leaves out the half that requests are sent on, which is of a version of HTTP, and the driver.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Wake, Waker},
    time::Duration,
};

use atomic_waker::AtomicWaker;
use tokio::{
    runtime::{Handle, Id},
    time::Instant,
};

use crate::client::pool::alarms::Alarms;
use crate::connection::info::ConnectionInfo;
use crate::connection::phase::Phase;
use crate::error::{Error, ErrorKind};
use crate::net::proxy::stream::ProxyInfo;
use crate::stream::state::ConnectionState;
use crate::timeouts::UNLIMITED;

/// A connection, shared by its driver, the pool, and the requests and bodies on it.
pub(crate) struct Connection {
    info: ConnectionInfo,
    proxy: Option<ProxyInfo>,
    state: ConnectionState,
    home: Weak<dyn Home>,
    opened: Instant,
    /// When it is too old for another request.
    expires: Option<Instant>,
    /// It takes no new request.
    is_retired: AtomicBool,
    has_ended: AtomicBool,
    /// It has been among those that wait for a request.
    is_kept: AtomicBool,
    /// HTTP/1.1: the response has been read to its end, or given up, and whether the connection
    /// comes back shows with the driver's next turn.
    is_returning: AtomicBool,
    /// How many answers had come when a request had last waited in vain; none has if there are
    /// more.
    waited_in_vain_after: AtomicUsize,
    /// HTTP/1.1: the number of the request that it is busy with. HTTP/2: how many it is busy with.
    pub(super) exchanges: AtomicUsize,
    /// Since when it is idle, in milliseconds after it was opened.
    idle_since: AtomicU64,
    ends: Mutex<Ends>,
    pub(super) alarms: Alarms,
    /// The runtime in which its driver is.
    runtime: Option<Id>,
    /// The driver has something to look at.
    has_news: AtomicBool,
    driver: AtomicWaker,
}

/// When it is to be cut, for each reason.
#[derive(Default)]
struct Ends {
    unfinished: Option<Instant>,
    rotated: Option<Instant>,
}

/// The host whose connection it is, without the type of the bodies that are sent there.
pub(super) trait Home: Send + Sync {
    /// Gives the connection no new request, and closes it once it is idle.
    fn retire(self: Arc<Self>, connection: &Connection);

    /// There may be room for requests that wait.
    fn serve(self: Arc<Self>);

    fn has_waiting(&self) -> bool;
}

/// Why a connection is cut at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// It does not come to the end that it was told to come to, and no one waits for anything on
    /// it.
    Unfinished,
    /// Its identity has been replaced for longer than the drain timeout.
    Rotated,
}

/// How long a connection that is of no more use has to say goodbye. A peer that reads takes a few
/// milliseconds; one that does not would keep socket, task and what was to be sent for as long as
/// it likes.
pub(super) const CLOSING: Duration = Duration::from_secs(2);

impl Connection {
    pub(super) fn new(
        info: ConnectionInfo,
        proxy: Option<ProxyInfo>,
        state: ConnectionState,
        home: Weak<dyn Home>,
        max_age: Option<Duration>,
    ) -> Arc<Self> {
        let opened = Instant::now();
        Arc::new(Self {
            info,
            proxy,
            state,
            home,
            opened,
            expires: max_age.map(|age| opened + age.min(UNLIMITED)),
            is_retired: AtomicBool::new(max_age == Some(Duration::ZERO)),
            has_ended: AtomicBool::new(false),
            is_kept: AtomicBool::new(false),
            is_returning: AtomicBool::new(false),
            waited_in_vain_after: AtomicUsize::new(usize::MAX),
            exchanges: AtomicUsize::new(0),
            idle_since: AtomicU64::new(0),
            ends: Mutex::default(),
            alarms: Alarms::default(),
            runtime: Handle::try_current().ok().map(|runtime| runtime.id()),
            has_news: AtomicBool::new(true),
            driver: AtomicWaker::new(),
        })
    }

    pub(crate) fn info(&self) -> &ConnectionInfo {
        &self.info
    }

    pub(crate) fn proxy(&self) -> Option<&ProxyInfo> {
        self.proxy.as_ref()
    }

    pub(crate) fn state(&self) -> &ConnectionState {
        &self.state
    }

    pub(crate) fn failure(&self) -> Option<&Error> {
        self.state.failure()
    }

    /// Gives it no new request, and closes it once it is idle.
    pub(crate) fn retire(&self) {
        match self.home.upgrade() {
            Some(home) => home.retire(self),
            None => self.mark_retired(),
        }
    }

    pub(super) fn mark_retired(&self) {
        // Before whoever retires it looks whether it is busy: a request that ends meanwhile finds
        // it so.
        self.is_retired.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::SeqCst)
    }

    /// Has it just been opened, for a request that waits for it?
    pub(super) fn is_new(&self) -> bool {
        self.exchanges.load(Ordering::SeqCst) == 0 && !self.was_kept()
    }

    /// Nobody waits for it: it is for whoever comes.
    pub(super) fn keep(&self) {
        self.is_kept.store(true, Ordering::SeqCst);
    }

    /// Has it served others, or waited for a request? Then it may end before it notices the next.
    pub(super) fn was_kept(&self) -> bool {
        self.is_kept.load(Ordering::SeqCst) || self.state.has_responded()
    }

    /// A request has waited for its response until its timeout. So many had been answered when it
    /// was sent.
    ///
    /// Under HTTP/2 a connection on which nothing comes any more would be given to every request
    /// that follows, until the pings have found it dead, and a server may answer pings and still
    /// wait for what we never send. One slow response says little where others came before; the
    /// second in a row is enough.
    pub(super) fn waited_in_vain(&self, answers: usize) {
        let is_silent = self.state.responses() == answers;
        if !is_silent {
            return;
        }
        let before = self.waited_in_vain_after.swap(answers, Ordering::Relaxed);
        if answers == 0 || before == answers {
            self.retire();
        }
    }

    /// HTTP/1.1: may it come back in this moment?
    pub(super) fn is_returning(&self) -> bool {
        self.is_returning.load(Ordering::SeqCst) && !self.is_retired()
    }

    /// HTTP/1.1: it has not come back, and when it does is not known.
    pub(super) fn returns_late(&self) {
        self.is_returning.store(false, Ordering::SeqCst);
    }

    /// HTTP/2: one request less is under way on it.
    pub(super) fn stream_ended(&self) {
        if self.exchanges.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.idle_from(Instant::now());
            if self.is_retired() {
                self.close_soon();
            }
        }
        if let Some(home) = self.home.upgrade().filter(|home| home.has_waiting()) {
            home.serve();
        }
    }

    pub(super) fn expires(&self) -> Option<Instant> {
        self.expires.filter(|_| !self.is_retired())
    }

    pub(super) fn idle_from(&self, now: Instant) {
        let since = now.saturating_duration_since(self.opened).as_millis();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.idle_since.store(since, Ordering::Relaxed);
    }

    /// Since when it is idle, if it is.
    pub(super) fn idle_since(&self) -> Instant {
        self.opened + Duration::from_millis(self.idle_since.load(Ordering::Relaxed))
    }

    /// Is to be cut if it has not ended by then, because its identity has been replaced.
    pub(super) fn drain_by(&self, end: Instant) {
        let mut ends = self.ends();
        ends.rotated = Some(ends.rotated.map_or(end, |earlier| earlier.min(end)));
        drop(ends);
        self.tell_driver();
    }

    /// Is of no more use, and cut if it does not come to its end soon.
    pub(super) fn close_soon(&self) {
        self.close_soon_if(|| true);
    }

    /// HTTP/1.1: the exchange of this number is over for the request. What is left of it, such as
    /// an upload that goes on or a body that no one reads, has so long to come to its end.
    pub(super) fn exchange_ended(&self, number: usize) {
        // Looked at with the ends locked: the connection may come back in this moment, and be given
        // to another request.
        self.close_soon_if(|| {
            let is_so = self.exchanges.load(Ordering::SeqCst) == number;
            if is_so {
                self.is_returning.store(true, Ordering::SeqCst);
            }
            is_so
        });
    }

    /// HTTP/1.1: the exchange has come to its end, and nothing is left of it.
    pub(super) fn came_back(&self) {
        self.exchanges.fetch_add(1, Ordering::SeqCst);
        let mut ends = self.ends();
        ends.unfinished = None;
        self.is_returning.store(false, Ordering::SeqCst);
    }

    fn close_soon_if(&self, is_so: impl FnOnce() -> bool) {
        let mut ends = self.ends();
        if self.has_ended() || ends.unfinished.is_some() || !is_so() {
            return;
        }
        ends.unfinished = Some(Instant::now() + CLOSING);
        drop(ends);
        self.tell_driver();
    }

    /// When it is to be cut, and why.
    pub(super) fn closes_by(&self) -> Option<(Instant, Reason)> {
        let ends = self.ends();
        let unfinished = ends.unfinished.map(|end| (end, Reason::Unfinished));
        let rotated = ends.rotated.map(|end| (end, Reason::Rotated));
        let ends = unfinished.into_iter().chain(rotated);
        ends.min_by_key(|(end, _)| *end)
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says on the connection why it is cut, so that all who wait on it hear it.
    pub(super) fn cut(&self, reason: Reason) {
        let kind = match reason {
            Reason::Rotated => ErrorKind::IdentityRotated,
            Reason::Unfinished => ErrorKind::Closed,
        };
        let error = Error::new(kind, Phase::Request).on(Some(self.info.clone()));
        self.state.failed(match self.state.has_responded() {
            true => error.on_used_connection(),
            false => error,
        });
    }

    pub(super) fn ended(&self) {
        self.has_ended.store(true, Ordering::Release);
        self.alarms.end();
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    pub(super) fn runtime(&self) -> Option<Id> {
        self.runtime
    }

    pub(super) fn tell_driver(&self) {
        self.has_news.store(true, Ordering::SeqCst);
        self.driver.wake();
    }

    /// Whether the driver has something to look at; it is woken for what comes later.
    pub(super) fn take_news(&self, driver: &Waker) -> bool {
        if !self.has_news.load(Ordering::Relaxed) {
            return false;
        }
        // News that came before the driver was registered have woken no one, so they are taken
        // after.
        self.driver.register(driver);
        self.has_news.store(false, Ordering::SeqCst);
        true
    }
}

/// What the driver's timer wakes: it is polled only when it has passed, not each time the
/// connection has work.
impl Wake for Connection {
    fn wake(self: Arc<Self>) {
        self.tell_driver();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.tell_driver();
    }
}
