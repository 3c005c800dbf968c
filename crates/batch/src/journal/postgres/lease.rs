//! The lease of a worker: renewed while it lives, and its end, which others take notice of.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_postgres::Client;

use crate::journal::error::JournalError;
use crate::journal::postgres::failure::Failure;
use crate::journal::postgres::pool::Pool;

/// The least time between two renewals.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// One worker of a batch.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub(super) id: i64,
    pub(super) schema: String,
    lease: Duration,
}

/// Renews the lease of a worker until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct Heartbeat(JoinHandle<()>);

impl Worker {
    /// Draws a worker whose id no other has.
    pub(super) fn draw(schema: &str, lease: Duration) -> Result<Self, JournalError> {
        let mut id = [0; 8];
        getrandom::fill(&mut id).map_err(|_| JournalError::Randomness)?;
        Ok(Self {
            id: i64::from_be_bytes(id),
            schema: schema.to_owned(),
            lease,
        })
    }

    /// Makes the lease last from now on, by the clock of the database.
    pub(super) async fn renew(&self, client: &mut Client) -> Result<(), Failure> {
        let schema = &self.schema;
        let renew = format!(
            "INSERT INTO {schema}.worker AS known (id, expires)
             VALUES ($1, clock_timestamp() + $2 * interval '1 second')
             ON CONFLICT (id) DO UPDATE SET expires = EXCLUDED.expires"
        );
        let lease = self.lease.as_secs_f64();
        client.execute(&renew, &[&self.id, &lease]).await?;
        Ok(())
    }

    /// Takes what dead workers had: what they may have sent is unknown, what they had not waits for
    /// anyone. Returns how many became unknown.
    ///
    /// A worker that was only slow may write an intent at the same time. So a record belongs to a
    /// dead one if its worker is in no row, whoever removed it, and not if the worker is among
    /// those that are removed here.
    pub(super) async fn bury(&self, client: &mut Client) -> Result<u64, Failure> {
        let schema = &self.schema;
        let remove = format!("DELETE FROM {schema}.worker WHERE expires < clock_timestamp()");
        client.execute(&remove, &[]).await?;
        let is_dead = format!(
            "worker IS NOT NULL
             AND NOT EXISTS (SELECT FROM {schema}.worker WHERE worker.id = record.worker)"
        );
        let unknown = format!(
            "UPDATE {schema}.record SET state = 'unknown' WHERE state = 'sending' AND {is_dead}"
        );
        let unknown = client.execute(&unknown, &[]).await?;
        let free = format!(
            "UPDATE {schema}.record SET worker = NULL WHERE state = 'waiting' AND {is_dead}"
        );
        client.execute(&free, &[]).await?;
        Ok(unknown)
    }

    /// Moves to unknown what this worker was sending, and what dead ones were.
    pub(super) async fn abandon(&self, client: &mut Client) -> Result<u64, Failure> {
        let schema = &self.schema;
        let own = format!(
            "UPDATE {schema}.record SET state = 'unknown' WHERE state = 'sending' AND worker = $1"
        );
        let own = client.execute(&own, &[&self.id]).await?;
        Ok(own + self.bury(client).await?)
    }

    /// Ends the lease: what it was sending is unknown, what it had leased waits for anyone.
    pub(super) async fn leave(&self, client: &mut Client) -> Result<(), Failure> {
        let remove = format!("DELETE FROM {}.worker WHERE id = $1", self.schema);
        client.execute(&remove, &[&self.id]).await?;
        self.bury(client).await?;
        Ok(())
    }
}

impl Heartbeat {
    pub(super) fn start(pool: Arc<Pool>, worker: Worker) -> Self {
        Self(tokio::spawn(async move {
            let worker = &worker;
            // Two may fail before the lease is over.
            let mut ticks = interval(SHORTEST_PAUSE.max(worker.lease / 3));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                // The pool waits for a database that restarts. If it gives up, so does the run,
                // which writes more often than this does.
                let _the_run_hears_of_it = pool
                    .run(move |client, _, _| Box::pin(worker.renew(client)))
                    .await;
                let _the_next_one_does_it = pool
                    .run(move |client, _, _| Box::pin(worker.bury(client)))
                    .await;
            }
        }))
    }

    /// Ends it, so that it does not renew what is given back.
    pub(super) async fn stop(self) {
        self.0.abort();
        let mut task = Some(self);
        if let Some(Self(handle)) = &mut task {
            let _it_was_aborted = handle.await;
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.0.abort();
    }
}
