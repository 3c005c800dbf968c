//! A process that is killed at any instant has sent no record twice and lost no response.
//!
//! The processes are this program itself, run with arguments. Their service writes each request to
//! a file before it responds, and each response before it is handed on: a log that the kill does
//! not touch. `KILLS` is how many processes are killed with each journal, 20 by default.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

#[cfg(target_os = "linux")]
mod disk;
mod judge;
#[cfg(unix)]
mod postgres;
#[cfg(target_os = "linux")]
mod postgres_disk;
mod process;
#[cfg(unix)]
#[path = "../support/postgres.rs"]
#[expect(dead_code, reason = "other tests ask it for more")]
mod server;
mod service;
mod sqlite;

use std::path::Path;

/// The number of records of a list.
const RECORDS: u64 = 400;

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let arguments: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    match arguments.as_slice() {
        ["run-sqlite", folder] => return sqlite::run(Path::new(folder)),
        ["hold-sqlite", folder] => return sqlite::hold(Path::new(folder)),
        #[cfg(target_os = "linux")]
        ["run-full", folder] => return disk::run_until_full(Path::new(folder)),
        #[cfg(target_os = "linux")]
        ["run-disk", folder] => return disk::run(Path::new(folder)),
        #[cfg(target_os = "linux")]
        ["run-read-only", folder] => return disk::run_read_only(Path::new(folder)),
        #[cfg(unix)]
        ["run-postgres", folder, name] => return postgres::run(Path::new(folder), name),
        #[cfg(target_os = "linux")]
        ["fill-postgres", folder] => return postgres_disk::run(Path::new(folder)),
        _ => {}
    }
    let kills = std::env::var("KILLS").map_or(20, |it| it.parse().unwrap());
    sqlite::lock_is_held_across_processes();
    #[cfg(target_os = "linux")]
    disk::fill();
    #[cfg(target_os = "linux")]
    postgres_disk::fill();
    sqlite::kill(kills);
    #[cfg(unix)]
    postgres::kill(kills);
}
