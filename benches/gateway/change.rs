//! A new certificate in the place of the old one, under load.

use std::{path::Path, time::Duration};

use test_support::tls_server::TestCa;
use tokio::time::{Instant, interval};

use crate::{
    cores::Cores,
    job::Job,
    load::{Load, Measured},
    proxy::Proxy,
    signal,
    upstream::{Counts, Upstream},
};

/// The callers of the load.
const CALLERS: usize = 64;

/// The load before the change, and after the new certificate was first seen.
const BEFORE: Duration = Duration::from_secs(2);
const AFTER: Duration = Duration::from_secs(5);
/// Within the time after, the old certificate may still be in use for so long.
const LATE: Duration = Duration::from_secs(2);

/// The longest that a change may take: the gateway looks at its files every half a minute, and the
/// others are told.
const LIMIT: Duration = Duration::from_secs(90);
const LIMIT_IF_TOLD: Duration = Duration::from_secs(15);

/// The outcome of a change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) measured: Measured,
    /// From the new file, and the signal of those that need one, to the first request with it; none
    /// if there was none, as long as callers kept their connections.
    pub(crate) seen_after: Option<Duration>,
    /// The share of the requests that still came with the old certificate, from two to five seconds
    /// after the new one was first seen.
    pub(crate) old_share: f64,
}

/// Renews the certificate of a proxy under load.
pub(crate) async fn change(
    proxy: &Proxy,
    cores: Cores,
    upstream: &mut Upstream,
    ca: &TestCa,
    folder: &Path,
) -> anyhow::Result<Change> {
    let known = upstream.counts().await?.by_certificate.len();
    let time = BEFORE + LIMIT + AFTER;
    let load = Load::start(cores.load, proxy.port, Job::Small, CALLERS, time, folder)?;
    wait(BEFORE).await;
    // One that has not been used before is first seen now.
    let old = upstream.counts().await?.by_certificate.len().max(known);
    let start = Instant::now();
    proxy.files.renew(ca)?;
    if let Some(name) = proxy.kind.reload() {
        signal(proxy.id()?, name).await?;
    }
    let mut pauses = interval(Duration::from_millis(20));
    let limit = proxy.kind.reload().map_or(LIMIT, |_| LIMIT_IF_TOLD);
    let seen_after = loop {
        if upstream.counts().await?.by_certificate.len() > old {
            break Some(start.elapsed());
        }
        if start.elapsed() > limit {
            break None;
        }
        pauses.tick().await;
    };
    wait(LATE).await;
    let late = upstream.counts().await?;
    wait(AFTER - LATE).await;
    let end = upstream.counts().await?;
    let measured = load.stop().await?;
    let of_new = |counts: &Counts| match seen_after {
        Some(_) => counts.by_certificate.last().copied().unwrap_or_default(),
        None => 0,
    };
    let all = (end.requests - late.requests).max(1) as f64;
    let new = of_new(&end) - of_new(&late);
    Ok(Change {
        measured,
        seen_after,
        old_share: 1.0 - new as f64 / all,
    })
}

/// Lets the load go on for a time.
async fn wait(time: Duration) {
    let mut ticks = interval(time);
    ticks.tick().await;
    ticks.tick().await;
}
