//! The gateway beside nginx, HAProxy and stunnel, each with a client certificate in front of the
//! same server: requests a second, latency, processor time, memory, and a change of certificate.
//!
//! `cargo xtask bench gateway -- 10 3` makes ten rounds of three seconds for each proxy and each
//! kind of request, the proxies in turn; a word, such as `small` or `1 caller`, leaves out the rows
//! whose names do not have it, and `change` is the change of certificate under load, of which the
//! third argument is the number. `--quick` is for seeing that everything works.
//!
//! wrk makes the load and has, with the server, one core; the proxy that is measured has another,
//! and one worker. The counts of wrk and of the server have to agree. On Linux, with wrk, taskset,
//! nginx, haproxy and stunnel4 of Debian.

#![expect(clippy::print_stdout, reason = "the tables are the result")]

mod change;
mod cores;
mod files;
mod job;
mod load;
mod proxy;
mod round;
mod upstream;
mod usage;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context;
use benches::{Arguments, machine, spread};
use test_support::tls_server::TestCa;

use crate::{
    cores::Cores,
    files::Files,
    job::Job,
    proxy::{Kind, Proxy},
    round::Row,
    upstream::{SERVE, Upstream},
};

/// The numbers of callers.
const CALLERS: [usize; 2] = [1, 64];

/// The name of the part about the change of certificate.
const CHANGE: &str = "change of certificate";

/// Names our program, built with optimisation; `cargo xtask bench gateway` sets it.
const PROGRAM: &str = "NAPI_MTLS_PROGRAM";

fn main() -> anyhow::Result<()> {
    let mut words = env::args_os().skip(1);
    if words.next().is_some_and(|word| word == SERVE) {
        let folder = words.next().context("the folder of the server's files")?;
        return upstream::serve(Path::new(&folder));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(&Arguments::of_process()))
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let ours = env::var_os(PROGRAM).map(PathBuf::from);
    let ours =
        ours.with_context(|| format!("{PROGRAM} is not set: use cargo xtask bench gateway"))?;
    let rounds = arguments.count(0, 10, 1);
    let time = Duration::from_secs(arguments.count(1, 3, 1).try_into()?);
    let changes = arguments.count(2, 3, 1);
    let cores = Cores::of_process()?;
    print!("{}", machine());
    for kind in Kind::ALL {
        println!("{}", kind.version(&ours).await?);
    }
    println!(
        "core {} for load and server, {} for the proxy\n",
        cores.load, cores.proxy
    );

    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let ca = TestCa::new()?;
    files::write_server(folder, &ca)?;
    for job in Job::ALL {
        fs::write(job.file(folder), job.script())?;
    }
    let mut upstream = Upstream::start(cores.load, folder).await?;
    let mut proxies = Vec::new();
    for kind in Kind::ALL {
        let files = Files::new(folder, kind.name(), &ca)?;
        proxies.push(Proxy::start(kind, cores.proxy, &ours, files, upstream.port).await?);
    }

    let jobs = Job::ALL.into_iter();
    let rows = jobs.flat_map(|job| CALLERS.map(|callers| Row::new(job, callers, Kind::ALL)));
    let mut rows: Vec<_> = rows.filter(|row| arguments.wants(&row.name())).collect();
    for round in 0..rounds {
        for row in &mut rows {
            // Each is the first in its turn.
            for place in 0..proxies.len() {
                let proxy = proxies
                    .get((place + round) % proxies.len())
                    .context("a proxy")?;
                row.measure(proxy, cores, &mut upstream, time, folder)
                    .await?;
            }
        }
    }
    for row in &rows {
        println!("{row}");
    }
    if !rows.is_empty() {
        println!("| | peak memory, MiB |\n|---|---|");
        for proxy in &proxies {
            let kib = usage::peak_memory(proxy.id()?)?;
            println!("| {} | {:.1} |", proxy.kind.name(), kib as f64 / 1024.0);
        }
    }
    if arguments.wants(CHANGE) {
        println!(
            "\n| {CHANGE}, 64 callers | requests | failed | p50, µs | p99, µs | longest, ms | in use after s | still old, % |"
        );
        println!("|---|---|---|---|---|---|---|---|");
        for proxy in &proxies {
            let mut seen = Vec::new();
            for _ in 0..changes {
                seen.push(change::change(proxy, cores, &mut upstream, &ca, folder).await?);
            }
            println!(
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                proxy.kind.name(),
                seen.iter().map(|it| it.measured.requests).sum::<u64>(),
                seen.iter().map(|it| it.measured.failed).sum::<u64>(),
                spread(seen.iter().map(|it| it.measured.p50 as f64), 0),
                spread(seen.iter().map(|it| it.measured.p99 as f64), 0),
                spread(seen.iter().map(|it| it.measured.max as f64 / 1e3), 1),
                in_use(seen.iter().map(|it| it.seen_after)),
                spread(seen.iter().map(|it| it.old_share * 100.0), 0),
            );
        }
    }
    for proxy in proxies {
        proxy.stop().await?;
    }
    Ok(())
}

/// Shows the seconds until a new certificate was in use.
fn in_use(times: impl Iterator<Item = Option<Duration>>) -> String {
    let times: Option<Vec<_>> = times.collect();
    times.map_or_else(
        || "not while connections are kept".to_owned(),
        |times| spread(times.iter().map(Duration::as_secs_f64), 1),
    )
}

/// Creates a command that runs on one core, and so with one worker.
fn pinned(core: usize, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}

/// Sends a signal to a process.
async fn signal(id: u32, name: &str) -> anyhow::Result<()> {
    let command = Command::new("kill")
        .args(["-s", name, &id.to_string()])
        .status();
    anyhow::ensure!(command?.success(), "no signal {name} to {id}");
    Ok(())
}
