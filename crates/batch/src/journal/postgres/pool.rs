//! A few connections to the database, made anew when they break.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep_until};
use tokio_postgres::{Client, Config, NoTls};

use crate::journal::error::{JournalError, StorageError};
use crate::journal::postgres::address::PostgresAddress;
use crate::journal::postgres::failure::Failure;
use crate::journal::postgres::tls::Tls;

/// The number of connections: commits of several share one write to the disk of the server.
const CONNECTIONS: usize = 4;

/// The pauses between two attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The longest time that a statement may take, after which the server ends it; an end of a worker
/// that froze in its turn, before those that wait for it give up; statements that see what the
/// turns before have committed, which a stricter isolation would hide; and commits that are on its
/// disk when they return. All of it whatever the role, the database or the server has set, but for
/// a `synchronous_commit` that is stricter, which stays.
const SETTINGS: &str = "SET statement_timeout = '60s'; SET lock_timeout = '30s'; \
     SET idle_in_transaction_session_timeout = '20s'; \
     SET default_transaction_isolation = 'read committed'; \
     SELECT set_config('synchronous_commit', 'on', false) \
         WHERE current_setting('synchronous_commit') = 'off'";

/// The connections.
pub(super) struct Pool {
    config: Config,
    tls: Option<Tls>,
    /// For how long a database that cannot be reached is waited for.
    patience: Duration,
    slots: Vec<Mutex<Option<Client>>>,
}

/// A call is made once more if its connection broke. The first may have been carried out then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Try {
    First,
    Again,
}

/// The future of a call.
pub(super) type Call<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Says that a call lasts no longer than what it borrows besides the connection.
pub(super) type Within<'a, 'e> = PhantomData<&'a &'e ()>;

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl Pool {
    pub(super) fn new(address: &PostgresAddress) -> Result<Self, JournalError> {
        Ok(Self {
            config: address.config().clone(),
            tls: address.tls()?,
            patience: address.patience(),
            slots: (0..CONNECTIONS).map(|_| Mutex::new(None)).collect(),
        })
    }

    /// Makes a call over one of the connections, again if it breaks, for as long as the database is
    /// waited for.
    pub(super) async fn run<'e, T, F>(&self, call: F) -> Result<T, JournalError>
    where
        F: for<'a> Fn(&'a mut Client, Try, Within<'a, 'e>) -> Call<'a, T> + Sync,
    {
        let begin = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut attempt = Try::First;
        loop {
            let mut slot = self.free().await;
            let failure = match self.connected(&mut slot).await {
                Ok(client) => match call(client, attempt, PhantomData).await {
                    Ok(result) => return Ok(result),
                    Err(failure) => {
                        attempt = Try::Again;
                        failure
                    }
                },
                Err(failure) => failure,
            };
            if !failure.may_pass() {
                return Err(failure.into());
            }
            *slot = None;
            drop(slot);
            if begin.elapsed() + pause > self.patience {
                return Err(lasting(failure));
            }
            sleep_until(Instant::now() + pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    /// Returns a connection that no one uses, or waits for one.
    async fn free(&self) -> MutexGuard<'_, Option<Client>> {
        let mut free = self.slots.iter().filter_map(|slot| slot.try_lock().ok());
        if let Some(slot) = free.next() {
            return slot;
        }
        drop(free);
        let waiting = self.slots.iter().map(|slot| Box::pin(slot.lock()));
        select_first(waiting.collect()).await
    }

    async fn connected<'a>(&self, slot: &'a mut Option<Client>) -> Result<&'a mut Client, Failure> {
        if slot.as_ref().is_none_or(Client::is_closed) {
            let client = match &self.tls {
                Some(tls) => {
                    let (client, connection) = self.config.connect(tls.clone()).await?;
                    tokio::spawn(connection);
                    client
                }
                None => {
                    let (client, connection) = self.config.connect(NoTls).await?;
                    tokio::spawn(connection);
                    client
                }
            };
            client.batch_execute(SETTINGS).await?;
            *slot = Some(client);
        }
        slot.as_mut().ok_or_else(|| JournalError::Closed.into())
    }
}

/// Returns the result of the future that is ready first.
async fn select_first<F: Future + Unpin>(mut futures: Vec<F>) -> F::Output {
    std::future::poll_fn(|context| {
        for future in &mut futures {
            if let std::task::Poll::Ready(result) = Pin::new(future).poll(context) {
                return std::task::Poll::Ready(result);
            }
        }
        std::task::Poll::Pending
    })
    .await
}

/// Returns the error of a failure that was waited for in vain.
fn lasting(failure: Failure) -> JournalError {
    match JournalError::from(failure) {
        JournalError::Storage(StorageError::Other(reason)) => {
            StorageError::Unreachable(reason).into()
        }
        error => error,
    }
}
