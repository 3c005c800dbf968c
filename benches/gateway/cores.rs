//! The cores: one for the proxy that is measured, another for the load and the server.

use std::fs;

use anyhow::Context;

/// Two cores of this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    pub(crate) load: usize,
    pub(crate) proxy: usize,
}

impl Cores {
    /// Returns the first two that this process may use.
    ///
    /// # Errors
    ///
    /// If there is only one, or the system does not say; Linux does.
    pub(crate) fn of_process() -> anyhow::Result<Self> {
        let status = fs::read_to_string("/proc/self/status");
        let status = status.context("this runs on Linux only")?;
        let list = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        let mut cores = listed(list.context("no list of cores")?.trim());
        let (load, proxy) = (cores.next(), cores.next());
        let (load, proxy) = load.zip(proxy).context("two cores are needed")?;
        Ok(Self { load, proxy })
    }
}

/// Returns the numbers of a list such as `0,2-3`.
fn listed(list: &str) -> impl Iterator<Item = usize> {
    list.split(',').flat_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let range = first.parse::<usize>().ok().zip(last.parse().ok());
        range
            .map(|(first, last)| first..=last)
            .into_iter()
            .flatten()
    })
}
