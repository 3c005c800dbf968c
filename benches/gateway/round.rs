//! One row: a kind of request and a number of callers, through all proxies in turn, and its table.

use std::{fmt, path::Path, time::Duration};

use anyhow::Context;
use benches::spread;

use crate::{
    cores::Cores,
    job::Job,
    load::{Load, Measured},
    proxy::{Kind, Proxy},
    upstream::Upstream,
    usage,
};

/// The counts of a proxy in one round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    measured: Measured,
    /// The processor time of the proxy for one request, in microseconds.
    processor: f64,
    /// The share of the proxy's core that it has used: where it is far from whole, the load or the
    /// server was slower than the proxy, and requests a second say little about it.
    share: f64,
}

/// The samples of a row, by proxy, in the order of the rounds.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) job: Job,
    pub(crate) callers: usize,
    samples: Vec<(Kind, Vec<Sample>)>,
}

impl Row {
    pub(crate) fn new(job: Job, callers: usize, kinds: impl IntoIterator<Item = Kind>) -> Self {
        let samples = kinds.into_iter().map(|kind| (kind, Vec::new()));
        Self {
            job,
            callers,
            samples: samples.collect(),
        }
    }

    pub(crate) fn name(&self) -> String {
        match self.callers {
            1 => format!("{}, 1 caller", self.job.name()),
            callers => format!("{}, {callers} callers", self.job.name()),
        }
    }

    /// Sends requests through a proxy, and compares both ends.
    ///
    /// # Errors
    ///
    /// If the server has not received what was sent, or wrk not what was returned.
    pub(crate) async fn measure(
        &mut self,
        proxy: &Proxy,
        cores: Cores,
        upstream: &mut Upstream,
        time: Duration,
        folder: &Path,
    ) -> anyhow::Result<()> {
        let Self { job, callers, .. } = *self;
        let before = upstream.counts().await?;
        let used = usage::processor_time(proxy.id()?)?;
        let load = Load::start(cores.load, proxy.port, job, callers, time, folder)?;
        let measured = load.finish().await?;
        let used = usage::processor_time(proxy.id()?)?.saturating_sub(used);
        let after = upstream.settled().await?;
        let name = proxy.kind.name();
        let received = after.requests - before.requests;
        let body = after.body_bytes - before.body_bytes;
        // wrk stops while each caller may have a request on its way.
        let sent = measured.requests..=measured.requests + callers as u64 + measured.failed;
        anyhow::ensure!(
            sent.contains(&received),
            "{name}: wrk counts {} requests, the server {received}: {}",
            measured.requests,
            proxy.log()
        );
        anyhow::ensure!(
            body == received * job.sent() as u64,
            "{name}: the server has received {body} bytes of {received} bodies"
        );
        let least = measured.requests * job.received() as u64;
        anyhow::ensure!(measured.bytes >= least, "{name}: {measured:?}");
        let sample = Sample {
            measured,
            processor: used.as_secs_f64() * 1e6 / measured.requests.max(1) as f64,
            share: used.as_secs_f64() / measured.seconds,
        };
        let mut samples = self.samples.iter_mut();
        let found = samples.find_map(|(kind, samples)| (*kind == proxy.kind).then_some(samples));
        found.context("a proxy of this row")?.push(sample);
        Ok(())
    }
}

/// Shows each proxy; ratios are those of the gateway to it, taken within each round.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| {} | requests a second | the gateway's, times this | p50, µs | p99, µs | CPU for each, µs | the gateway's, times this | of its core, % | failed |",
            self.name()
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|")?;
        let gateway = self.samples.iter().find(|(kind, _)| *kind == Kind::Gateway);
        let gateway = gateway.map(|(_, samples)| &**samples).unwrap_or_default();
        for (kind, samples) in &self.samples {
            let median = |of: fn(&Sample) -> f64, digits| spread(samples.iter().map(of), digits);
            let ratio = |of: fn(&Sample) -> f64| {
                let pairs = gateway.iter().zip(samples);
                spread(pairs.map(|(ours, theirs)| of(ours) / of(theirs)), 2)
            };
            writeln!(
                f,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                kind.name(),
                median(|it| it.measured.per_second(), 0),
                ratio(|it| it.measured.per_second()),
                median(|it| it.measured.p50 as f64, 0),
                median(|it| it.measured.p99 as f64, 0),
                median(|it| it.processor, 1),
                ratio(|it| it.processor),
                median(|it| it.share * 100.0, 0),
                samples.iter().map(|it| it.measured.failed).sum::<u64>(),
            )?;
        }
        Ok(())
    }
}
