//! The machine that a benchmark ran on, for the reader of its table.

use std::{fmt::Write, fs, process::Command, thread};

/// Describes processor, load, compiler, and the versions of the crates that are measured.
#[must_use]
pub fn machine() -> String {
    let mut text = String::new();
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let processor = processor().unwrap_or_else(|| "processor unknown".to_owned());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".to_owned());
    let _ = writeln!(text, "{processor}, {cores} cores; load {}", load.trim());
    let _ = writeln!(text, "{}", compiler().unwrap_or_default().trim());
    let versions: Vec<_> = TAKING_PART
        .iter()
        .flat_map(|name| Some(format!("{name} {}", version(name)?)))
        .collect();
    let _ = writeln!(text, "{}", versions.join(", "));
    text
}

const TAKING_PART: &[&str] = &[
    "aws-lc-rs",
    "hyper",
    "hyper-rustls",
    "hyper-util",
    "reqwest",
    "ring",
    "rustls",
    "tokio",
    "tokio-rustls",
];

/// Counts the files that this process has open, among them a client's connections; none where the
/// system does not say.
#[must_use]
pub fn connections() -> Option<usize> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count())
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn compiler() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()
}

/// Finds the version that is linked, in the lock file at the time of compiling.
fn version(name: &str) -> Option<&'static str> {
    let lock = include_str!("../../Cargo.lock");
    let start = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = lock.split_once(&start)?;
    Some(rest.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_takes_part_has_a_version() {
        for name in TAKING_PART {
            assert!(version(name).is_some(), "{name}");
        }
        assert_eq!(version("nothing-of-this-name"), None);
    }
}
