//! A trial of a generation before it is used.

use std::{error::Error as StdError, pin::Pin, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::timeout};

use crate::client::MtlsClient;
use crate::reload::unfinished::Unfinished;
use crate::timeouts::FOR_EVER;

pub(super) type Probe<B, C> = dyn Fn(MtlsClient<B, C>) -> Probing + Send + Sync;
type Probing = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// Runs the probe in a task of its own, so that neither a panic in it nor one without an end stops the reloader.
pub(super) async fn tried<B, C>(
    probe: Arc<Probe<B, C>>,
    probe_timeout: Duration,
    client: MtlsClient<B, C>,
) -> Result<(), BoxError>
where
    B: Send + 'static,
    C: Send + Sync + 'static,
{
    let mut probing = JoinSet::new(); // dropped, it ends the task
    probing.spawn(async move { probe(client).await });
    match timeout(probe_timeout.min(FOR_EVER), probing.join_next()).await {
        Ok(Some(Ok(outcome))) => outcome,
        Ok(_) => Err(Unfinished::ProbePanicked.into()),
        Err(_) => Err(Unfinished::ProbeTimedOut.into()),
    }
}
