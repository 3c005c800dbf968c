//! Copies of a private key that are left in the memory of a process that has dropped it.
//!
//! Each operation runs in a process of its own, this program once more, which then reads all of its
//! own memory: the heap and the stacks, with what the allocator keeps of both.
#![cfg(target_os = "linux")]
#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "test code outside of test functions"
)]

mod made_keys;
mod needle;
mod opened_keys;
mod search;

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use needle::Needle;

/// Counts the needles in this process, and reports to the one that has started it.
fn report(needles: &[Needle]) {
    for (Needle { name, .. }, count) in needles.iter().zip(search::count(needles)) {
        println!("\nleft: {name}: {count}");
    }
}

/// Runs one test of this program in a process with these variables, and returns what it reports.
fn copies_left<'a>(
    test: &str,
    variables: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> BTreeMap<String, usize> {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .envs(variables)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let found = text.lines().filter_map(|line| line.strip_prefix("left: "));
    let found = found.map(|line| {
        let (name, count) = line.rsplit_once(": ").unwrap();
        (name.to_owned(), count.parse().unwrap())
    });
    found.collect()
}
