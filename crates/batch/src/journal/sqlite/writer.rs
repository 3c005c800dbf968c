//! The thread that has the database: what many callers write at once is one commit.

use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::journal::error::{JournalError, StorageError};
use crate::journal::sqlite::failure::Failure;

/// The most calls that may wait. More callers wait for their turn, in order.
const QUEUE: usize = 1024;

/// The most calls in one commit, so that the first of them does not wait without end.
const MOST_TOGETHER: usize = 256;

/// A call. It is run in the transaction, or gets the reason why there is none.
type Job = Box<dyn FnOnce(Result<&Connection, JournalError>) -> Ran + Send>;

/// A call that was run.
struct Ran {
    /// To be called once it is known whether the call is durable.
    reply: Reply,
    /// The reason why it failed, if it did.
    error: Option<JournalError>,
}

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
        call: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (sender, result) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let outcome = connection
                .and_then(|connection| in_savepoint(connection, call).map_err(Into::into));
            let error = outcome.as_ref().err().cloned();
            let reply = Box::new(move |committed: Result<(), JournalError>| {
                // A caller who went away has what it asked for done all the same.
                let durable = outcome.and_then(|outcome| committed.map(|()| outcome));
                let _caller_went_away = sender.send(durable);
            });
            Ran { reply, error }
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
        let error = JournalError::from(Failure::from(error));
        for job in jobs {
            (job(Err(error.clone())).reply)(Ok(()));
        }
        return;
    }
    let mut failure = None;
    let mut replies: Vec<Reply> = Vec::new();
    for job in jobs {
        let ran = job(match &failure {
            Some(error) => Err(JournalError::clone(error)),
            None => Ok(connection),
        });
        replies.push(ran.reply);
        // SQLite undoes all of it by itself after some errors, such as a full disk. What follows
        // would be a transaction of its own.
        if failure.is_none() && connection.is_autocommit() {
            failure = Some(ran.error.unwrap_or_else(undone));
        }
    }
    if failure.is_none() {
        let committed = connection.execute_batch("COMMIT");
        failure = committed.err().map(|error| Failure::from(error).into());
    }
    if failure.is_some() && !connection.is_autocommit() {
        let _nothing_more_can_be_done = connection.execute_batch("ROLLBACK");
    }
    for reply in replies {
        reply(failure.clone().map_or(Ok(()), Err));
    }
}

/// Returns the error of a transaction that was undone for no known reason.
fn undone() -> JournalError {
    StorageError::Other("the database has undone a transaction".to_owned()).into()
}

fn in_savepoint<T>(
    connection: &Connection,
    call: impl FnOnce(&Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    connection.execute_batch("SAVEPOINT one_call")?;
    let outcome = call(connection);
    match outcome {
        Ok(_) => connection.execute_batch("RELEASE one_call")?,
        // There is none to go back to if all is undone already; the call's own error says why.
        Err(_) => drop(connection.execute_batch("ROLLBACK TO one_call; RELEASE one_call")),
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a database of this many pages at most, with one table.
    fn connection(pages: u32) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE a (b BLOB NOT NULL) STRICT")
            .unwrap();
        connection
            .pragma_update(None, "max_page_count", pages)
            .unwrap();
        connection
    }

    fn insert(bytes: u32) -> impl FnOnce(&Connection) -> Result<usize, Failure> + Send + 'static {
        move |connection| Ok(connection.execute("INSERT INTO a VALUES (zeroblob(?1))", [bytes])?)
    }

    fn count(connection: &Connection) -> Result<u32, Failure> {
        Ok(connection.query_row("SELECT count(*) FROM a", [], |row| row.get(0))?)
    }

    #[tokio::test]
    async fn full_database_undoes_all_calls_of_one_commit() {
        let (writer, gate) = gated(connection(8));
        let (one, full, other) = (insert(10), insert(1 << 20), insert(10));
        let calls = tokio::spawn(async move {
            let results = tokio::join!(writer.run(one), writer.run(full), writer.run(other));
            (writer, results)
        });
        // All three wait behind the gate, so that they are one commit.
        tokio::task::yield_now().await;
        gate.send(()).unwrap();
        let (writer, (one, full, other)) = calls.await.unwrap();
        for result in [one, full, other] {
            let is_full = matches!(result, Err(JournalError::Storage(StorageError::Full)));
            assert!(is_full, "{result:?}");
        }
        // Nothing of them is there, and what comes later is not refused.
        assert_eq!(writer.run(count).await.unwrap(), 0);
        assert_eq!(writer.run(insert(10)).await.unwrap(), 1);
        assert_eq!(writer.run(count).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn failed_call_takes_none_of_the_others_with_it() {
        let (writer, gate) = gated(connection(100));
        let wrong =
            |connection: &Connection| Ok(connection.execute("INSERT INTO a VALUES (1)", [])?);
        let calls = tokio::spawn(async move {
            let results = tokio::join!(
                writer.run(insert(1)),
                writer.run(wrong),
                writer.run(insert(1))
            );
            (writer, results)
        });
        tokio::task::yield_now().await;
        gate.send(()).unwrap();
        let (writer, (one, wrong, other)) = calls.await.unwrap();
        assert!(one.is_ok() && wrong.is_err() && other.is_ok(), "{wrong:?}");
        assert_eq!(writer.run(count).await.unwrap(), 2);
    }

    /// Starts a writer whose first call, already under way, waits for the gate.
    fn gated(connection: Connection) -> (Writer, std::sync::mpsc::Sender<()>) {
        let writer = Writer::start(connection).unwrap();
        let (gate, opened) = std::sync::mpsc::channel();
        let (begin, begun) = std::sync::mpsc::channel();
        let wait: Job = Box::new(move |_| {
            begin.send(()).unwrap();
            opened.recv().unwrap();
            Ran {
                reply: Box::new(|_| ()),
                error: None,
            }
        });
        assert!(writer.jobs.try_send(wait).is_ok(), "the queue is empty");
        begun.recv().unwrap();
        (writer, gate)
    }
}
