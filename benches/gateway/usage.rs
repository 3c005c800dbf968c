//! The processor time and the memory of a process with all that it has started, as Linux counts
//! them.

use std::{collections::BTreeMap, fs, time::Duration};

use anyhow::Context;

/// The ticks of a second in `/proc/PID/stat`: 100 on every architecture that Linux has today.
const TICKS: u64 = 100;

/// Returns the processor time of a process and its descendants, ended ones too.
pub(crate) fn processor_time(id: u32) -> anyhow::Result<Duration> {
    let mut ticks = 0;
    for process in tree(id)? {
        ticks += process.ticks;
    }
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}

/// Returns the most memory that each of them has had resident, added up, in KiB: what they share is
/// counted for each.
pub(crate) fn peak_memory(id: u32) -> anyhow::Result<u64> {
    let mut kib = 0;
    for process in tree(id)? {
        let status = fs::read_to_string(format!("/proc/{}/status", process.id))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let line = line.context("no VmHWM")?.trim().trim_end_matches(" kB");
        kib += line.parse::<u64>()?;
    }
    Ok(kib)
}

struct Process {
    id: u32,
    parent: u32,
    ticks: u64,
}

/// Returns a process and its descendants.
fn tree(root: u32) -> anyhow::Result<Vec<Process>> {
    let mut children = BTreeMap::<u32, Vec<Process>>::new();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").context("this is counted on Linux only")? {
        let Ok(id) = entry?.file_name().to_string_lossy().parse() else {
            continue;
        };
        // Some end while they are listed.
        let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat")) else {
            continue;
        };
        let process = parsed(id, &stat).context("/proc/PID/stat")?;
        if id == root {
            found.push(process);
        } else {
            children.entry(process.parent).or_default().push(process);
        }
    }
    anyhow::ensure!(!found.is_empty(), "the process has ended");
    let mut next = 0;
    while let Some(id) = found.get(next).map(|it| it.id) {
        found.extend(children.remove(&id).unwrap_or_default());
        next += 1;
    }
    Ok(found)
}

/// Reads proc_pid_stat(5): utime and stime are fields 14 and 15, those of ended children 16 and 17.
fn parsed(id: u32, stat: &str) -> Option<Process> {
    // The name, in parentheses, may hold anything.
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<_> = rest.split(' ').collect();
    let number = |place: usize| fields.get(place - 3)?.parse::<u64>().ok();
    Some(Process {
        id,
        parent: fields.get(1)?.parse().ok()?,
        ticks: number(14)? + number(15)? + number(16)? + number(17)?,
    })
}
