//! A trial of a generation before it is used.

use std::{error::Error as StdError, pin::Pin, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::timeout};

use crate::client::MtlsClient;
use crate::reload::callback_failure::CallbackFailure;
use crate::timeouts::UNLIMITED;

pub(super) type Probe<B, C> = dyn Fn(MtlsClient<B, C>) -> ProbeFuture + Send + Sync;
type ProbeFuture = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// Runs the probe in a task of its own, so that neither a panic nor a hang in it stops the
/// reloader.
pub(super) async fn run_probe<B, C>(
    probe: Arc<Probe<B, C>>,
    probe_timeout: Duration,
    client: MtlsClient<B, C>,
) -> Result<(), BoxError>
where
    B: Send + 'static,
    C: Send + Sync + 'static,
{
    let mut tasks = JoinSet::new(); // aborts the probe when it is dropped
    tasks.spawn(async move { probe(client).await });
    match timeout(probe_timeout.min(UNLIMITED), tasks.join_next()).await {
        Ok(Some(Ok(outcome))) => outcome,
        Ok(_) => Err(CallbackFailure::ProbePanicked.into()),
        Err(_) => Err(CallbackFailure::ProbeTimedOut.into()),
    }
}
