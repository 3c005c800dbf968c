//! Interoperability with programs of others: they use our keys and requests, call our mock, and are
//! called by us.
//!
//! `cargo xtask interop`. Nothing is simulated: every row of the table is a program that ran now,
//! with its output and the log of its peer. A program that is missing is a failure, unless it is
//! skipped by name.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

mod browser;
mod clients;
mod containers;
mod context;
mod example;
mod gateway;
mod guide;
mod keys;
mod openapi;
mod our_key;
mod pages;
mod programs;
mod report;
mod requests;
mod selection;
mod server_events;
mod servers;
mod stores;
mod tool;
mod troubleshooting;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    context::Context,
    report::Report,
    selection::{Group, Selection},
};

/// Every group, in the order in which it runs, with the names of its peer tools.
const GROUPS: &[Group] = &[
    Group::new("clients", clients::PEER_TOOLS),
    Group::new("requests", requests::PEER_TOOLS),
    Group::new("keys", keys::PEER_TOOLS),
    Group::new("stores", stores::PEER_TOOLS),
    Group::new("servers", servers::PEER_TOOLS),
    Group::new("pages", pages::PEER_TOOLS),
    Group::new("gateway", gateway::PEER_TOOLS),
    Group::new("openapi", openapi::PEER_TOOLS),
    Group::new("guide", guide::PEER_TOOLS),
    Group::new("browser", browser::PEER_TOOLS),
    Group::new("containers", containers::PEER_TOOLS),
];

/// Interoperability with programs of others.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask interop --")]
struct Arguments {
    /// Leave out this peer tool or this group
    #[arg(long, value_name = "NAME")]
    skip: Vec<String>,

    /// Ask this peer tool or this group, and no other that is not named likewise
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { skip, only } = Arguments::parse();
    match run(&skip, &only).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Asks every peer tool; returns whether each row is as expected.
async fn run(skip: &[String], only: &[String]) -> anyhow::Result<bool> {
    let selection = Selection::new(GROUPS, skip, only)?;
    let context = Context::new(selection).await?;
    let mut report = Report::new(context.placeholders());
    clients::run(&context, &mut report).await?;
    troubleshooting::check(&mut report);
    requests::run(&context, &mut report).await?;
    keys::run(&context, &mut report).await?;
    stores::run(&context, &mut report).await?;
    servers::run(&context, &mut report).await?;
    pages::run(&context, &mut report).await?;
    gateway::run(&context, &mut report).await?;
    openapi::run(&context, &mut report).await?;
    guide::run(&context, &mut report).await?;
    browser::run(&context, &mut report).await?;
    containers::run(&context, &mut report).await?;
    println!("\n{report}");
    println!("{}", context.selection());
    let path = report.write()?;
    println!("What was printed, in full: {}", path.display());
    Ok(report.is_good())
}
