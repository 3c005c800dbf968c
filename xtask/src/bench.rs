//! `cargo xtask bench`: the benchmarks of this workspace, and the client's cost in instructions.
//!
//! Without an option it lists the benchmarks, or runs the one that is named; `--page` runs those of
//! the page in turn, on a machine that does nothing else. `--instructions` counts with callgrind
//! what a request and a handshake cost beside those of hyper and tokio-rustls alone. The counts
//! repeat on a busy machine, where times do not, so the ratios are stored, and `--check` fails if
//! one has risen.

mod callgrind;
mod figures;
mod list;
mod rise;

use std::path::Path;

use anyhow::Context as _;
use cargo_metadata::MetadataCommand;
use xshell::{Shell, cmd};

use crate::bench::callgrind::Callgrind;
use crate::bench::figures::Figures;
use crate::program;

/// Where the benchmarks are whose instructions are counted.
const PACKAGE: &str = "benches";
const BENCHES: &[&str] = &["requests", "handshakes"];
/// The benchmarks of the page, in its order.
const PAGE: &[&str] = &["requests", "handshakes", "rotation"];
/// The benchmark of our program beside others, and the variable by which it finds the program.
const OF_PROGRAM: (&str, &str) = ("gateway", "NAPI_MTLS_PROGRAM");
/// The figures that a count is compared with.
const STORED: &str = "benches/instructions.toml";

/// Options of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Runs the benchmarks of benches/README.md, with all their rounds
    #[arg(long, conflicts_with_all = ["instructions", "names", "args"])]
    page: bool,
    /// Counts instructions with callgrind, which valgrind brings
    #[arg(long)]
    instructions: bool,
    /// Fails if a ratio has risen by more than 5 % since it was stored
    #[arg(long, requires = "instructions", conflicts_with = "store")]
    check: bool,
    /// Stores what was counted
    #[arg(long, requires = "instructions", conflicts_with = "names")]
    store: bool,
    /// The benchmark to run; with `--instructions`, parts of row names, such as 'HTTP/2' or ring
    names: Vec<String>,
    /// Handed to the benchmark, after `--`
    #[arg(last = true, conflicts_with = "instructions")]
    args: Vec<String>,
}

/// Lists the benchmarks, runs one, or counts.
pub(crate) fn run(shell: &Shell, arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.instructions {
        return instructions(shell, arguments);
    }
    if arguments.page {
        for bench in PAGE {
            println!("\n# {bench}\n");
            cmd!(shell, "cargo bench --package {PACKAGE} --bench {bench}").run()?;
        }
        return Ok(());
    }
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let benches = list::benches(&metadata);
    match &*arguments.names {
        [] => {
            list::print(&benches);
            Ok(())
        }
        [name] => {
            let bench = benches.iter().find(|bench| bench.name == *name);
            let bench = bench.with_context(|| {
                format!("no benchmark is named {name}; `cargo xtask bench` lists them")
            })?;
            let (package, args) = (&bench.package, &arguments.args);
            let features = bench.features.join(",");
            let mut command = cmd!(
                shell,
                "cargo bench --package {package} --features={features} --bench {name} -- {args...}"
            );
            let (of_program, variable) = OF_PROGRAM;
            if name == of_program {
                let program = program::build_optimised(shell, "cli", "napi-mtls")?;
                command = command.env(variable, program);
            }
            program::replace_with(command.into())
        }
        [_, second, ..] => {
            anyhow::bail!("one benchmark at a time; for its arguments: -- {second}")
        }
    }
}

fn instructions(shell: &Shell, arguments: &Arguments) -> anyhow::Result<()> {
    let root = shell.current_dir();
    let stored = read(&root.join(STORED))?;
    if arguments.check {
        stored.as_ref().with_context(|| {
            format!("{STORED} is missing; write it by: cargo xtask bench --instructions --store")
        })?;
    }
    let callgrind = Callgrind::find(shell)?;
    let programs = program::build_benches(shell, PACKAGE, BENCHES)?;
    let count = || {
        let mut sections = Vec::new();
        for program in &programs {
            sections.extend(callgrind.count(shell, program, &arguments.names)?);
        }
        let counted = Figures::of(&sections)?;
        anyhow::ensure!(!counted.is_empty(), "no row has such a name");
        println!("{}", counted.table(stored.as_ref()));
        anyhow::Ok(counted)
    };
    let counted = count()?;
    if arguments.store {
        std::fs::write(root.join(STORED), counted.to_toml())
            .with_context(|| format!("cannot write {STORED}"))?;
        println!("stored in {STORED}");
    }
    if let (true, Some(stored)) = (arguments.check, &stored) {
        let whole = arguments.names.is_empty();
        if let Err(risen) = rise::check(&counted, stored, whole) {
            // A pool that opened connections late in most rounds of a row looks expensive once;
            // code that has become expensive does so each time.
            println!("{risen:#}\ncounting again");
            rise::check(&count()?, stored, whole)?;
        }
        println!(
            "no ratio has risen by more than {} %",
            rise::TOLERATED_PERCENT
        );
    }
    Ok(())
}

/// Reads the stored figures, if there are any.
fn read(path: &Path) -> anyhow::Result<Option<Figures>> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let figures = Figures::from_toml(&text);
            Ok(Some(figures.with_context(|| format!("in {STORED}"))?))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {STORED}")),
    }
}
