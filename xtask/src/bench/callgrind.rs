//! Counts the instructions of a program's sections with callgrind.
//!
//! The program runs each section inside one function, at whose end callgrind dumps what it has
//! counted in it, and then announces the section on its standard output. Dumps and announcements
//! are in the same order.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use xshell::{Shell, cmd};

/// The function of the package `benches` inside which everything counted runs.
///
/// In full: of two options with the same wildcards, callgrind 3.19 heeds one.
const FUNCTION: &str = "benches::counted::run_counted";

/// callgrind as it is installed.
#[derive(Debug)]
pub(crate) struct Callgrind {
    folder: PathBuf,
}

/// The count of one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) group: String,
    pub(crate) row: String,
    pub(crate) operations: u64,
    pub(crate) instructions: u64,
}

impl Callgrind {
    /// Looks for it, and for room for its dumps.
    pub(crate) fn find(shell: &Shell) -> anyhow::Result<Self> {
        let version = cmd!(shell, "valgrind --version").quiet().ignore_stderr();
        let version = version
            .read()
            .context("valgrind is missing; run: apt-get install valgrind")?;
        println!("{version}");
        let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec()?;
        let folder = metadata.target_directory.join("callgrind").into();
        Ok(Self { folder })
    }

    /// Runs a benchmark with these names as arguments, and returns its sections in their order.
    pub(crate) fn count(
        &self,
        shell: &Shell,
        program: &Path,
        names: &[String],
    ) -> anyhow::Result<Vec<Section>> {
        shell.remove_path(&self.folder)?; // dumps of another run would be taken for ours
        shell.create_dir(&self.folder)?;
        let dump = self.folder.join("dump");
        let mut options = ["--callgrind-out-file", "--log-file"]
            .map(OsStr::new)
            .map(OsStr::to_owned);
        for (option, file) in options.iter_mut().zip([&dump, &self.folder.join("log")]) {
            option.push("=");
            option.push(file);
        }
        let output = cmd!(
            shell,
            "valgrind --tool=callgrind {options...} --toggle-collect={FUNCTION} --dump-after={FUNCTION}
             {program} --bench --instructions {names...}"
        );
        // What a person has set for valgrind would change what is counted.
        let output = output.env_remove("VALGRIND_OPTS").quiet().read()?;
        let announced = output.lines().filter_map(announced);
        let mut sections: Vec<Section> = announced.collect::<anyhow::Result<_>>()?;
        for (section, number) in sections.iter_mut().zip(1..) {
            let path = self.folder.join(format!("dump.{number}"));
            let text = fs::read_to_string(&path);
            let text = text.with_context(|| format!("no dump of section {number}"))?;
            section.instructions = total(&text).with_context(|| path.display().to_string())?;
        }
        let next = format!("dump.{}", sections.len() + 1);
        let rest = fs::read_to_string(self.folder.join(next)).ok();
        anyhow::ensure!(
            rest.is_none_or(|text| total(&text).ok() == Some(0)),
            "callgrind has counted more sections than the program has announced"
        );
        Ok(sections)
    }
}

/// Reads the section that a line announces; none if it says something else.
fn announced(line: &str) -> Option<anyhow::Result<Section>> {
    let rest = line.strip_prefix("counted\t")?;
    let section = || {
        let [group, row, operations] = *rest.split('\t').collect::<Vec<_>>() else {
            anyhow::bail!("three members were expected in {line:?}");
        };
        Ok(Section {
            group: group.to_owned(),
            row: row.to_owned(),
            operations: operations.parse().context(line.to_owned())?,
            instructions: 0,
        })
    };
    Some(section())
}

/// Reads the number of instructions from a dump, whose only event they are.
fn total(dump: &str) -> anyhow::Result<u64> {
    let field = |name: &str| dump.lines().find_map(|line| line.strip_prefix(name));
    let events = field("events:").context("no line of events")?;
    anyhow::ensure!(
        events.trim() == "Ir",
        "other events than instructions: {events}"
    );
    let total = field("totals:").context("no line of totals")?;
    Ok(total.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "# callgrind format\nversion: 1\npart: 2\n\ndesc: Trigger: --dump-after=f\n\
        positions: line\nevents: Ir\nsummary: 300\n\nfn=(1) f\n16 200\ncalls=1 0\n0 100\n\ntotals: 299\n";

    #[test]
    fn total_of_a_dump_is_read() {
        assert_eq!(total(DUMP).unwrap(), 299);
    }

    #[test]
    fn dump_that_breaks_off_or_counts_other_events_is_rejected() {
        for text in [
            "",
            DUMP.split("totals").next().unwrap(),
            &DUMP.replace("events: Ir", "events: Ir Dr"),
            &DUMP.replace("299", "-1"),
            &DUMP.replace("299", "299 7"),
        ] {
            total(text).unwrap_err();
        }
    }

    #[test]
    fn announcement_names_its_section() {
        let section = announced("counted\tHTTP/2, small\treqwest\t64").unwrap();
        let expected = Section {
            group: "HTTP/2, small".to_owned(),
            row: "reqwest".to_owned(),
            operations: 64,
            instructions: 0,
        };
        assert_eq!(section.unwrap(), expected);
    }

    #[test]
    fn other_lines_announce_nothing_and_bad_ones_fail() {
        assert!(announced("counted by hand").is_none());
        for line in [
            "counted\ta\tb",
            "counted\ta\tb\tmany",
            "counted\ta\tb\t1\t2",
        ] {
            announced(line).unwrap().unwrap_err();
        }
    }
}
