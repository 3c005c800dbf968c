//! The report: rows as they come, a table at the end, and everything as JSON.

mod table;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::Serialize;

use crate::tool::Output;

/// The file of the rows as JSON, relative to the root of the workspace.
const JSON: &str = "target/interop/report.json";

/// All rows so far.
#[derive(Debug)]
pub(crate) struct Report {
    rows: Vec<Row>,
    placeholders: Vec<(String, &'static str)>,
    /// The characters that a line may have.
    width: usize,
}

/// One case of one peer tool.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Row {
    /// The group, such as `clients`.
    pub(crate) group: &'static str,
    /// The name of the peer tool, as for `--skip`.
    pub(crate) peer_tool: String,
    /// The version that the peer tool prints.
    pub(crate) version: String,
    /// The case, in a few words that are the same for every peer tool of the group.
    pub(crate) case: String,
    /// The expected outcome and events.
    pub(crate) expected: String,
    /// The outcome at the client, in short.
    pub(crate) client_outcome: String,
    /// The events of the server, in short.
    pub(crate) server_events: String,
    /// Whether both are as expected.
    pub(crate) ok: bool,
    /// The standard output of the peer tool.
    pub(crate) stdout: String,
    /// The standard error of the peer tool.
    pub(crate) stderr: String,
}

impl Report {
    /// Creates an empty report, in whose rows each text of `placeholders` is replaced by its name.
    pub(crate) fn new(placeholders: Vec<(String, &'static str)>) -> Self {
        Self {
            rows: Vec::new(),
            placeholders,
            width: table::width(),
        }
    }

    /// Adds a row and prints it.
    pub(crate) fn add(&mut self, mut row: Row) {
        for text in [
            &mut row.version,
            &mut row.expected,
            &mut row.client_outcome,
            &mut row.server_events,
            &mut row.stdout,
            &mut row.stderr,
        ] {
            for (found, name) in &self.placeholders {
                *text = text.replace(found, name);
            }
        }
        println!(
            "{}",
            if row.ok {
                table::cut(&row.to_string(), self.width)
            } else {
                row.to_string()
            }
        );
        self.rows.push(row);
    }

    /// Adds a row for a peer tool that could not be asked.
    pub(crate) fn add_missing(
        &mut self,
        group: &'static str,
        peer_tool: &str,
        error: &anyhow::Error,
    ) {
        self.add(Row {
            group,
            peer_tool: peer_tool.to_owned(),
            case: "is there".to_owned(),
            expected: "it starts, or is skipped by name".to_owned(),
            client_outcome: format!("{error:#}"),
            ..Row::default()
        });
    }

    /// Returns every row.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Tells whether there are rows and all are as expected.
    pub(crate) fn is_good(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|row| row.ok)
    }

    /// Writes all rows as JSON; returns the path.
    pub(crate) fn write(&self) -> anyhow::Result<PathBuf> {
        let path = Path::new(JSON);
        fs::create_dir_all(path.parent().context("no folder")?)?;
        fs::write(path, serde_json::to_string_pretty(&self.rows)? + "\n")?;
        Ok(path.to_owned())
    }
}

impl Row {
    /// Returns the standard output and error of the peer tool.
    pub(crate) fn printed(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Sets the output of the peer tool.
    #[must_use]
    pub(crate) fn with_output(mut self, output: &Output) -> Self {
        self.stdout.clone_from(&output.stdout);
        self.stderr.clone_from(&output.stderr);
        self
    }

    fn verdict(&self) -> &'static str {
        if self.ok { "ok" } else { "NOT OK" }
    }
}

/// Shows the row in one line, or in several if it is not as expected.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            group,
            peer_tool,
            case,
            expected,
            client_outcome,
            server_events,
            ..
        } = self;
        write!(
            f,
            "{:<6} {group}: {peer_tool}: {case}: {client_outcome}",
            self.verdict()
        )?;
        if !server_events.is_empty() {
            write!(f, " | {server_events}")?;
        }
        match self.ok {
            true => Ok(()),
            false => write!(
                f,
                "\n       expected: {expected}\n       stdout: {}\n       stderr: {}",
                self.stdout, self.stderr
            ),
        }
    }
}

/// The rows as expected in a table, cut to the width of the terminal, then the others whole.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (good, bad): (Vec<_>, Vec<_>) = self.rows.iter().partition(|row| row.ok);
        let lines = good.into_iter().map(|row| {
            [
                row.peer_tool.as_str(),
                row.case.as_str(),
                row.client_outcome.as_str(),
                row.server_events.as_str(),
                row.verdict(),
            ]
        });
        let heads = [
            "peer tool",
            "case",
            "at the client",
            "at the server",
            "as expected",
        ];
        table::write(f, self.width, heads, lines)?;
        for row in &bad {
            writeln!(f, "\n{row}")?;
        }
        write!(f, "{} rows, {} not as expected", self.rows.len(), bad.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ok: bool) -> Row {
        Row {
            peer_tool: "curl".to_owned(),
            case: "a call".to_owned(),
            client_outcome: "exit 0 for port 4711".to_owned(),
            ok,
            ..Row::default()
        }
    }

    #[test]
    fn one_bad_row_makes_the_report_bad() {
        let mut report = Report::new(Vec::new());
        report.add(row(true));
        assert!(report.is_good());
        report.add(row(false));
        assert!(!report.is_good());
    }

    #[test]
    fn report_without_a_row_is_not_good() {
        assert!(!Report::new(Vec::new()).is_good());
    }

    #[test]
    fn what_differs_from_run_to_run_is_replaced() {
        let mut report = Report::new(vec![("4711".to_owned(), "{port}")]);
        report.add(row(true));
        assert_eq!(report.rows()[0].client_outcome, "exit 0 for port {port}");
    }

    #[test]
    fn table_has_a_line_for_each_row() {
        let mut report = Report::new(Vec::new());
        report.add(row(true));
        let table = report.to_string();
        assert_eq!(table.lines().count(), 3);
        assert!(table.ends_with("1 rows, 0 not as expected"), "{table}");
    }

    #[test]
    fn what_differs_comes_last_and_whole() {
        let mut report = Report::new(Vec::new());
        report.width = 60;
        let long = "a line\nand more ".repeat(1000);
        for ok in [false, true] {
            let mut row = row(ok);
            row.client_outcome.clone_from(&long);
            report.add(row);
        }
        let shown = report.to_string();
        let (table, whole) = shown.split_once("\nNOT OK").unwrap();
        assert!(
            table.lines().all(|line| line.chars().count() <= 60),
            "{table}"
        );
        assert_eq!(table.lines().filter(|line| line.ends_with("ok")).count(), 1);
        assert!(whole.contains(&long));
        assert!(whole.ends_with("2 rows, 1 not as expected"));
        // The report as data has all of both.
        assert!(report.rows().iter().all(|row| row.client_outcome == long));
    }
}
