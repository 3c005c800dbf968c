//! Requests that go on for as long as they are wanted, 64 at a time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tokio::{sync::watch, task::JoinSet};

use crate::{
    exchange::{Client, exchange},
    ledger::Ledger,
};

/// Requests on their way at any time.
const AT_ONCE: usize = 64;

/// The tasks that make requests, until there were enough and no rotation needs more.
pub(crate) struct Load {
    tasks: JoinSet<()>,
    plan: Arc<Plan>,
}

struct Plan {
    least: usize,
    begun: AtomicUsize,
    ended: watch::Sender<usize>,
    may_end: AtomicBool,
}

impl Load {
    pub(crate) fn start(client: &Client, uri: &str, ledger: &Arc<Ledger>, least: usize) -> Self {
        let plan = Arc::new(Plan {
            least,
            begun: AtomicUsize::new(0),
            ended: watch::Sender::new(0),
            may_end: AtomicBool::new(false),
        });
        let mut tasks = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (client, uri) = (client.clone(), uri.to_owned());
            let (ledger, plan) = (Arc::clone(ledger), Arc::clone(&plan));
            tasks.spawn(async move { plan.work(client, &uri, &ledger).await });
        }
        Self { tasks, plan }
    }

    /// Waits until so many more requests have come to their end.
    pub(crate) async fn proceed(&self, count: usize) -> anyhow::Result<()> {
        let mut ended = self.plan.ended.subscribe();
        let enough = *ended.borrow() + count;
        ended.wait_for(|ended| *ended >= enough).await?;
        Ok(())
    }

    /// Waits until there were enough and the last is done.
    pub(crate) async fn finish(mut self) -> anyhow::Result<()> {
        self.plan.may_end.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended?;
        }
        Ok(())
    }
}

impl Plan {
    async fn work(&self, mut client: Client, uri: &str, ledger: &Ledger) {
        loop {
            let number = self.begun.fetch_add(1, Ordering::Relaxed);
            if number >= self.least && self.may_end.load(Ordering::Relaxed) {
                return;
            }
            let newest = client.generation();
            let agreed = exchange(&mut client, uri, number).await;
            ledger.note(agreed, newest..);
            self.ended.send_modify(|ended| *ended += 1);
        }
    }
}
