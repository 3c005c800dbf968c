//! Waiting for a transaction that goes on after the response.

use std::time::Duration;

use napi::verifications::{Pending, Polling};
use napi::{Error, TransactionRecordId};
use vocabulary::Escaped;

use crate::client::ServiceClient;

/// Whether and how long to wait.
#[derive(Debug, clap::Args)]
pub(crate) struct WaitingArguments {
    /// Wait until a transaction that goes on is done, for at most this many seconds; 600 without a
    /// number
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        default_missing_value = "600",
        require_equals = true,
        value_parser = clap::value_parser!(u64).range(1..=604_800)
    )]
    wait: Option<u64>,
}

impl WaitingArguments {
    /// Waits, if it is wanted; returns the record, or nothing if it is not.
    pub(crate) async fn record(
        &self,
        client: &ServiceClient,
        pending: &Pending,
    ) -> Result<Option<TransactionRecordId>, Error> {
        let Some(seconds) = self.wait else {
            return Ok(None);
        };
        announce(pending);
        let polling = Polling::new(Duration::from_secs(seconds));
        client.wait(pending, &polling).await.map(Some)
    }
}

/// Says which transaction is waited for, before that: whoever interrupts it can ask for it later.
#[expect(clippy::print_stderr, reason = "said while the command runs")]
fn announce(pending: &Pending) {
    let id = pending.transaction_id().as_str();
    let line = format!("waiting for transaction {id}; it goes on if this is interrupted");
    eprintln!("{}", Escaped::line(&line));
}
