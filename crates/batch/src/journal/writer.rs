//! The thread that has the database: what many callers write at once is one commit.

use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::journal::{JournalError, StorageError};

/// The most calls that may wait. More callers wait for their turn, in order.
const QUEUE: usize = 1024;

/// The most calls in one commit, so that the first of them does not wait without end.
const MOST_TOGETHER: usize = 256;

/// A call. It is run in the transaction, or gets the reason why there is none, and returns what is
/// to be sent once it is durable.
type Job = Box<dyn FnOnce(Result<&Connection, JournalError>) -> Reply + Send>;

/// Sends the result, or the error of the commit.
type Reply = Box<dyn FnOnce(Result<(), JournalError>) + Send>;

/// A handle to the thread, which ends with it.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    ended: oneshot::Receiver<()>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, std::io::Error> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (end, ended) = oneshot::channel();
        let thread = thread::Builder::new().name("batch-journal".to_owned());
        thread.spawn(move || {
            write(&connection, queue);
            drop(connection); // the lock on the file is free before anyone hears of the end
            let _no_one_waits = end.send(());
        })?;
        Ok(Self { jobs, ended })
    }

    /// Runs `call` and returns its result once it is durable.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Connection) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (sender, result) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let outcome = connection.and_then(|connection| in_savepoint(connection, call));
            Box::new(move |committed| {
                // A caller who went away has what it asked for done all the same.
                let durable = outcome.and_then(|outcome| committed.map(|()| outcome));
                let _caller_went_away = sender.send(durable);
            })
        });
        let sent = self.jobs.send(job).await;
        sent.map_err(|_| JournalError::Closed)?;
        result.await.map_err(|_| JournalError::Closed)?
    }

    /// Waits until the file is closed and free for others.
    pub(super) async fn close(self) {
        drop(self.jobs);
        let _the_thread_is_gone_either_way = self.ended.await;
    }
}

fn write(connection: &Connection, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.blocking_recv() {
        let mut jobs = vec![first];
        while jobs.len() < MOST_TOGETHER
            && let Ok(job) = queue.try_recv()
        {
            jobs.push(job);
        }
        commit(connection, jobs);
    }
}

/// Runs calls in one transaction. One that fails takes none of the others with it; if the commit
/// fails, nothing of any was done.
fn commit(connection: &Connection, jobs: Vec<Job>) {
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        for job in jobs {
            job(Err(JournalError::from(&error)))(Ok(()));
        }
        return;
    }
    let mut is_undone = false;
    let mut replies: Vec<Reply> = Vec::new();
    for job in jobs {
        replies.push(match is_undone {
            true => job(Err(undone())),
            false => job(Ok(connection)),
        });
        // SQLite undoes all of it by itself after some errors, such as a full disk. What follows
        // would be a transaction of its own.
        is_undone |= connection.is_autocommit();
    }
    let committed = match is_undone {
        true => Err(undone()),
        false => connection
            .execute_batch("COMMIT")
            .map_err(JournalError::from),
    };
    if committed.is_err() && !connection.is_autocommit() {
        let _nothing_more_can_be_done = connection.execute_batch("ROLLBACK");
    }
    let mut failure = committed.err();
    for reply in replies {
        reply(match &mut failure {
            None => Ok(()),
            Some(error) => Err(std::mem::replace(error, undone())),
        });
    }
}

/// Returns the error of the calls beside the one that failed.
fn undone() -> JournalError {
    StorageError::Other("the database has undone a transaction".to_owned()).into()
}

fn in_savepoint<T>(
    connection: &Connection,
    call: impl FnOnce(&Connection) -> Result<T, JournalError>,
) -> Result<T, JournalError> {
    connection.execute_batch("SAVEPOINT one_call")?;
    let outcome = call(connection);
    let end = match outcome {
        Ok(_) => "RELEASE one_call",
        Err(_) => "ROLLBACK TO one_call; RELEASE one_call",
    };
    connection.execute_batch(end)?;
    outcome
}
