//! The certificate and key of a run, which may be replaced while it goes on.
//!
//! A new pair is taken once it is complete, as `napi-mtls watch` tells it, and the server does not
//! reject it. Leaves out what becomes of open connections, which is the transport's part.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use identity::{Event as FileEvent, Fingerprint};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use transport::{IdentityReloader, ProxyConnector, ReloadEvent};

use crate::client::{IdentitySource, ServiceClient};
use crate::watch::event::{Describer, Event};

/// The time between two looks that have to agree.
const SETTLED: Duration = Duration::from_secs(1);

/// The options of what is followed.
#[derive(Debug, clap::Args)]
pub(crate) struct RenewalArguments {
    /// Seconds between two looks at the files of --certificate and --key: those that replace them
    /// during the run are used from then on
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=86_400)
    )]
    reload_every: u64,
}

/// The files of one run, followed until this is dropped.
pub(super) struct Renewal {
    following: Option<Following>,
    events: UnboundedReceiver<Event>,
    /// The number of times that the client was given another certificate.
    rotations: Arc<AtomicU64>,
}

struct Following {
    looks: UnboundedSender<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

type Reloader = IdentityReloader<napi::RequestBody, ProxyConnector>;

impl Renewal {
    /// Follows the files that the client was made of, if they can be.
    pub(super) async fn begin(
        arguments: &RenewalArguments,
        client: &ServiceClient,
        source: Option<IdentitySource>,
    ) -> Self {
        let (events_in, events) = unbounded_channel();
        let rotations = Arc::new(AtomicU64::new(0));
        let following = match source {
            None => None,
            Some(source) => {
                let interval = Duration::from_secs(arguments.reload_every);
                let reloader = IdentityReloader::new(client.service().clone(), source.files);
                let reloader = reloader.interval(interval);
                let teller = Teller {
                    describer: Describer::of(source.name),
                    first: source.leaf,
                    beginning: Arc::default(),
                    rotations: Arc::clone(&rotations),
                    events: events_in,
                };
                Some(Following::begin(reloader, client, teller).await)
            }
        };
        Self {
            following,
            events,
            rotations,
        }
    }

    /// Waits for the next event of the files.
    pub(super) async fn event(&mut self) -> Event {
        match self.events.recv().await {
            Some(event) => event,
            // Nothing is followed.
            None => std::future::pending().await,
        }
    }

    /// Returns how many times the client was given another certificate.
    pub(super) fn rotations(&self) -> u64 {
        self.rotations.load(Ordering::Acquire)
    }

    /// Looks at the files at once, and returns whether there were more rotations than these.
    pub(super) async fn has_rotated_since(&self, rotations: u64) -> bool {
        if let Some(following) = &self.following {
            following.look().await;
        }
        self.rotations() > rotations
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        if let Some(following) = &self.following {
            following.task.abort();
        }
    }
}

impl Following {
    async fn begin(reloader: Reloader, client: &ServiceClient, mut teller: Teller) -> Self {
        let beginning = Arc::clone(&teller.beginning);
        let (probed, begins) = (client.clone(), Arc::clone(&beginning));
        let reloader = reloader.on_event(move |event| teller.tell(event));
        let mut reloader = reloader.probe(move |candidate| {
            let is_known = begins.is_with_first();
            let client = probed.clone().with_service(candidate);
            async move {
                match is_known {
                    true => Ok(()),
                    false => try_out(&client).await,
                }
            }
        });
        // Others may have been put there since, while a person was asked for a password.
        reloader.poll_once().await;
        beginning.is_over.store(true, Ordering::Release);
        let (looks, asked) = unbounded_channel();
        let task = tokio::spawn(follow(reloader, asked));
        Self { looks, task }
    }

    /// Looks at the files until what is new is taken or refused.
    async fn look(&self) {
        let (done, is_done) = oneshot::channel();
        if self.looks.send(done).is_ok() {
            // Its end is as good: then there is nothing new.
            let _ = is_done.await;
        }
    }
}

/// Fails if the server rejects the certificate of a client.
async fn try_out(client: &ServiceClient) -> Result<(), BoxError> {
    match client.test_authentication().await {
        // Issued by the portal, and not taken by the service yet, or any more.
        Err(error) if error.is_client_certificate_rejected() => Err(error.into()),
        // Nothing against the certificate.
        _ => Ok(()),
    }
}

/// Looks at the files, each time when it is time or when it is asked to.
async fn follow(mut reloader: Reloader, mut asked: UnboundedReceiver<oneshot::Sender<()>>) {
    loop {
        let next = Instant::now() + reloader.poll_once().await;
        tokio::select! {
            biased;
            Some(done) = asked.recv() => {
                reloader.poll_once().await;
                sleep_until(Instant::now() + SETTLED).await;
                reloader.poll_once().await;
                // Whoever asked may be gone.
                let _ = done.send(());
            }
            () = sleep_until(next) => {}
        }
    }
}

/// The first look at the files, as a rule at those that the client was made of just now.
#[derive(Debug, Default)]
struct Beginning {
    is_over: AtomicBool,
    /// Whether others were there by then.
    has_others: AtomicBool,
}

impl Beginning {
    /// Returns whether what is there is what the client has, which needs no trial.
    fn is_with_first(&self) -> bool {
        !self.is_over.load(Ordering::Acquire) && !self.has_others.load(Ordering::Acquire)
    }
}

/// Tells of the files, but for what a run begins with.
struct Teller {
    describer: Describer,
    /// The certificate that the client was made with.
    first: Fingerprint,
    beginning: Arc<Beginning>,
    rotations: Arc<AtomicU64>,
    events: UnboundedSender<Event>,
}

impl Teller {
    fn tell(&mut self, event: &ReloadEvent) {
        // All of them: it learns the certificates by them.
        let described = self.describer.describe(event, SystemTime::now());
        match certificate(event) {
            Some(leaf) if leaf != self.first => {
                self.beginning.has_others.store(true, Ordering::Release);
            }
            Some(_) if self.beginning.is_with_first() => return,
            _ => {}
        }
        if matches!(event, ReloadEvent::Rotated { .. }) {
            self.rotations.fetch_add(1, Ordering::AcqRel);
        }
        // The run may be over.
        let _ = self.events.send(described);
    }
}

/// Returns the certificate that an event is about.
fn certificate(event: &ReloadEvent) -> Option<Fingerprint> {
    match event {
        ReloadEvent::Rotated { leaf, .. } | ReloadEvent::ExpiresSoon { leaf, .. } => Some(*leaf),
        ReloadEvent::Source(FileEvent::Loaded { report, .. }) => {
            report.certificate_chain().first().map(|it| it.sha256())
        }
        _ => None,
    }
}
