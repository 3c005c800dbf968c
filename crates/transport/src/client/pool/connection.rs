//! One connection of a pool: its facts, and the events for its driver.
//!
//! Leaves out the sending half, which depends on the version of HTTP, and the driver.

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
use crate::client::pool::left_uploads::LeftUploads;
use crate::client::upload::Upload;
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
    owner: Weak<dyn ConnectionOwner>,
    opened: Instant,
    /// The time from which it is too old for another request.
    expires: Option<Instant>,
    /// It takes no new request.
    is_retired: AtomicBool,
    has_ended: AtomicBool,
    /// It has been idle before, or no request waited for it.
    is_kept: AtomicBool,
    /// HTTP/1.1: the response has been read, or given up; the driver's next turn shows whether the
    /// connection is reusable.
    is_reuse_expected: AtomicBool,
    /// The number of responses that had come when a request last timed out; if more have come
    /// since, the connection works.
    timed_out_after: AtomicUsize,
    /// HTTP/1.1: the number of the current exchange. HTTP/2: how many are in progress.
    pub(super) exchanges: AtomicUsize,
    /// Idle since then, in milliseconds after it was opened.
    idle_since: AtomicU64,
    ends: Mutex<AbortTimes>,
    left_uploads: LeftUploads,
    pub(super) alarms: Alarms,
    /// The runtime in which its driver is.
    runtime: Option<Id>,
    /// There is an event for the driver.
    has_event: AtomicBool,
    driver: AtomicWaker,
}

/// The times at which it is aborted, for each reason.
#[derive(Default)]
struct AbortTimes {
    unfinished: Option<Instant>,
    rotated: Option<Instant>,
}

/// The host that owns the connection, without the type of its request bodies.
pub(super) trait ConnectionOwner: Send + Sync {
    /// Gives the connection no new request, and closes it once it is idle.
    fn retire(self: Arc<Self>, connection: &Connection);

    /// Serves waiting requests, for which there may be room.
    fn serve(self: Arc<Self>);

    fn has_waiting(&self) -> bool;
}

/// The reason for which a connection is aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// It has not ended after it was closed, and no request waits for anything on it.
    Unfinished,
    /// The drain timeout has passed since its identity or trust anchors were rotated.
    Rotated,
}

/// The timeout of closing. A peer that reads takes a few milliseconds; one that does not would hold
/// socket, task and unsent data indefinitely.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

impl Connection {
    pub(super) fn new(
        info: ConnectionInfo,
        proxy: Option<ProxyInfo>,
        state: ConnectionState,
        owner: Weak<dyn ConnectionOwner>,
        max_age: Option<Duration>,
    ) -> Arc<Self> {
        let opened = Instant::now();
        Arc::new(Self {
            info,
            proxy,
            state,
            owner,
            opened,
            expires: max_age.map(|age| opened + age.min(UNLIMITED)),
            is_retired: AtomicBool::new(max_age == Some(Duration::ZERO)),
            has_ended: AtomicBool::new(false),
            is_kept: AtomicBool::new(false),
            is_reuse_expected: AtomicBool::new(false),
            timed_out_after: AtomicUsize::new(usize::MAX),
            exchanges: AtomicUsize::new(0),
            idle_since: AtomicU64::new(0),
            ends: Mutex::default(),
            left_uploads: LeftUploads::default(),
            alarms: Alarms::default(),
            runtime: Handle::try_current().ok().map(|runtime| runtime.id()),
            has_event: AtomicBool::new(true),
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
        match self.owner.upgrade() {
            Some(owner) => owner.retire(self),
            None => self.mark_retired(),
        }
    }

    pub(super) fn mark_retired(&self) {
        // Before it is checked whether the connection is busy: a request that ends meanwhile sees
        // the flag.
        self.is_retired.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::SeqCst)
    }

    /// Checks whether it was just opened for a request that waits for it.
    pub(super) fn is_new(&self) -> bool {
        self.exchanges.load(Ordering::SeqCst) == 0 && !self.was_kept()
    }

    /// Marks it as free for any request.
    pub(super) fn keep(&self) {
        self.is_kept.store(true, Ordering::SeqCst);
    }

    /// Checks whether it has been used or idle before. Then it may end before the next request is
    /// noticed.
    pub(super) fn was_kept(&self) -> bool {
        self.is_kept.load(Ordering::SeqCst) || self.state.has_responded()
    }

    /// Notes a request that timed out without a response; `responses` had come when it was sent.
    ///
    /// Under HTTP/2 a connection on which nothing arrives would be given to every request that
    /// follows, until the pings find it dead, and a server may answer pings and still be stuck. One
    /// slow response means little where others came before; the second in a row retires the
    /// connection.
    pub(super) fn note_timeout(&self, responses: usize) {
        let is_silent = self.state.responses() == responses;
        if !is_silent {
            return;
        }
        let before = self.timed_out_after.swap(responses, Ordering::Relaxed);
        if responses == 0 || before == responses {
            self.retire();
        }
    }

    /// Checks whether an HTTP/1.1 connection may become reusable in the next turn of its driver.
    pub(super) fn is_reuse_expected(&self) -> bool {
        self.is_reuse_expected.load(Ordering::SeqCst) && !self.is_retired()
    }

    /// Notes that an HTTP/1.1 connection has not become reusable, and that it is unknown when it
    /// will.
    pub(super) fn reuse_is_late(&self) {
        self.is_reuse_expected.store(false, Ordering::SeqCst);
    }

    /// Notes that one request on an HTTP/2 connection has ended.
    pub(super) fn stream_ended(&self) {
        if self.exchanges.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.idle_from(Instant::now());
            if self.is_retired() {
                self.close_soon();
            }
        }
        if let Some(owner) = self.owner.upgrade().filter(|owner| owner.has_waiting()) {
            owner.serve();
        }
    }

    /// Notes an upload whose request has ended. If it is not finished in time, the connection takes
    /// no new request, and ends with those that it has.
    pub(super) fn upload_left(&self, upload: Upload) {
        self.left_uploads
            .add(upload, Instant::now() + CLOSE_TIMEOUT);
        self.notify_driver();
    }

    /// Returns the time at which it is retired for an upload that is left unread.
    pub(super) fn upload_end(&self) -> Option<Instant> {
        let is_retired = self.is_retired();
        self.left_uploads.first_end().filter(|_| !is_retired)
    }

    pub(super) fn expires(&self) -> Option<Instant> {
        self.expires.filter(|_| !self.is_retired())
    }

    pub(super) fn idle_from(&self, now: Instant) {
        let since = now.saturating_duration_since(self.opened).as_millis();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.idle_since.store(since, Ordering::Relaxed);
    }

    /// Returns since when it is idle, if it is.
    pub(super) fn idle_since(&self) -> Instant {
        self.opened + Duration::from_millis(self.idle_since.load(Ordering::Relaxed))
    }

    /// Sets the time at which it is aborted after a rotation.
    pub(super) fn drain_by(&self, end: Instant) {
        let mut ends = self.ends();
        ends.rotated = Some(ends.rotated.map_or(end, |earlier| earlier.min(end)));
        drop(ends);
        self.notify_driver();
    }

    /// Closes it, and aborts it if it does not end soon.
    pub(super) fn close_soon(&self) {
        self.close_soon_if(|| true);
    }

    /// Withdraws the end of a closed HTTP/2 connection that has a request. Whoever saw the last one
    /// end may close the connection when it has been given to another one: it is then closed again
    /// after that.
    pub(super) fn keep_for_requests(&self) {
        // Under the lock, which `close_soon` takes after a request has been counted out.
        let mut ends = self.ends();
        if ends.unfinished.is_some() && self.exchanges.load(Ordering::SeqCst) > 0 {
            ends.unfinished = None;
        }
    }

    /// Notes that the request has ended its HTTP/1.1 exchange. The rest of it, such as an upload or
    /// an unread body, has a timeout.
    pub(super) fn exchange_ended(&self, number: usize) {
        // Checked under the lock: the connection may become reusable in this moment, and be given
        // to another request.
        self.close_soon_if(|| {
            let is_so = self.exchanges.load(Ordering::SeqCst) == number;
            if is_so {
                self.is_reuse_expected.store(true, Ordering::SeqCst);
            }
            is_so
        });
    }

    /// Notes that the HTTP/1.1 exchange is complete, so that the connection is reusable.
    pub(super) fn note_reuse(&self) {
        self.exchanges.fetch_add(1, Ordering::SeqCst);
        let mut ends = self.ends();
        ends.unfinished = None;
        self.is_reuse_expected.store(false, Ordering::SeqCst);
    }

    fn close_soon_if(&self, is_so: impl FnOnce() -> bool) {
        let mut ends = self.ends();
        if self.has_ended() || ends.unfinished.is_some() || !is_so() {
            return;
        }
        ends.unfinished = Some(Instant::now() + CLOSE_TIMEOUT);
        drop(ends);
        self.notify_driver();
    }

    /// Returns the time at which it is aborted, and the reason.
    pub(super) fn abort_time(&self) -> Option<(Instant, Reason)> {
        let ends = self.ends();
        let unfinished = ends.unfinished.map(|end| (end, Reason::Unfinished));
        let rotated = ends.rotated.map(|end| (end, Reason::Rotated));
        let ends = unfinished.into_iter().chain(rotated);
        ends.min_by_key(|(end, _)| *end)
    }

    fn ends(&self) -> MutexGuard<'_, AbortTimes> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the reason on the connection, for all requests on it.
    pub(super) fn abort(&self, reason: Reason) {
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

    pub(super) fn mark_ended(&self) {
        self.has_ended.store(true, Ordering::Release);
        self.alarms.end();
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    pub(super) fn runtime(&self) -> Option<Id> {
        self.runtime
    }

    pub(super) fn notify_driver(&self) {
        self.has_event.store(true, Ordering::SeqCst);
        self.driver.wake();
    }

    /// Checks whether there is an event for the driver, which is woken for later ones.
    pub(super) fn take_events(&self, driver: &Waker) -> bool {
        if !self.has_event.load(Ordering::Relaxed) {
            return false;
        }
        // An event before the registration has woken no task, so the flag is cleared after it.
        self.driver.register(driver);
        self.has_event.store(false, Ordering::SeqCst);
        true
    }
}

/// The waker of the driver's timer: the timer is polled only when it has fired, not each time that
/// the connection has work.
impl Wake for Connection {
    fn wake(self: Arc<Self>) {
        self.notify_driver();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.notify_driver();
    }
}
