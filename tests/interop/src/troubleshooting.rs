//! The page of symptoms, `docs/troubleshooting.md`, compared with the output of this run.
//!
//! Each quoted symptom has to occur in the output of its client in that case, and each client that
//! failed has to have a symptom, so the page is neither outdated nor incomplete.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    clients,
    report::{Report, Row},
};

const PAGE: &str = include_str!("../../../docs/troubleshooting.md");

/// A case and a client.
type Place = (String, String);

/// Adds a row for each case of the page or of the run.
pub(crate) fn check(report: &mut Report) {
    let rows = report.rows().iter().filter(|row| row.group == "clients");
    let calls: Vec<_> = rows
        .filter(|row| !row.version.is_empty())
        .cloned()
        .collect();
    let asked: BTreeSet<_> = calls.iter().map(|row| row.peer_tool.clone()).collect();
    if asked.is_empty() {
        return;
    }
    let symptoms = symptoms(PAGE);
    let of_page = symptoms.keys().map(|(case, _)| case.clone());
    let of_run = calls
        .iter()
        .map(|row| row.case.clone())
        .filter(|case| !clients::is_hello(case));
    let cases: BTreeSet<_> = of_page.chain(of_run).collect();
    for case in cases {
        let problems = problems(&case, &symptoms, &calls, &asked);
        report.add(Row {
            group: "page",
            peer_tool: "troubleshooting.md".to_owned(),
            case,
            expected: "every symptom is what its client printed, and every client has one"
                .to_owned(),
            ok: problems.is_empty(),
            client_outcome: match problems.is_empty() {
                true => "as printed".to_owned(),
                false => problems.join("; "),
            },
            ..Row::default()
        });
    }
}

/// Returns the problems of one section of the page.
fn problems(
    case: &str,
    symptoms: &BTreeMap<Place, String>,
    calls: &[Row],
    asked: &BTreeSet<String>,
) -> Vec<String> {
    let calls = calls.iter().filter(|row| row.case == case);
    let printed: BTreeMap<_, _> = calls
        .map(|row| (row.peer_tool.as_str(), row.printed()))
        .collect();
    let quoted = symptoms.iter().filter(|((of, _), _)| of == case);
    let quoted: BTreeMap<_, _> = quoted
        .map(|((_, client), text)| (client.as_str(), text))
        .collect();
    let clients: BTreeSet<_> = printed.keys().chain(quoted.keys()).copied().collect();
    let problem = |client: &str| match (printed.get(client), quoted.get(client)) {
        (Some(printed), Some(symptom)) if printed.contains(symptom.as_str()) => None,
        (Some(_), Some(symptom)) => Some(format!("{client} did not print `{symptom}`")),
        (Some(_), None) => Some(format!("the page has no symptom of {client}")),
        (None, _) => Some(format!("{client} was not asked this")),
    };
    let clients = clients.into_iter().filter(|client| asked.contains(*client));
    clients.filter_map(problem).collect()
}

/// Returns every symptom of the page, by its heading and its client.
fn symptoms(page: &str) -> BTreeMap<Place, String> {
    let mut symptoms = BTreeMap::new();
    let mut case = "";
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            case = heading.trim();
        }
        let cells = line
            .strip_prefix("| ")
            .and_then(|rest| rest.strip_suffix("` |"));
        if let Some((clients, symptom)) = cells.and_then(|cells| cells.split_once(" | `")) {
            for client in clients.split(", ") {
                let place = (case.to_owned(), client.to_owned());
                symptoms.insert(place, symptom.to_owned());
            }
        }
    }
    symptoms
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "### no key\n\nYours.\n\n| client | symptom |\n|---|---|\n\
                        | curl, node | `no key` |\n| ruby | `nil` |\n";

    fn asked(case: &str, peer_tool: &str, stderr: &str) -> Vec<String> {
        let row = Row {
            group: "clients",
            peer_tool: peer_tool.to_owned(),
            case: case.to_owned(),
            stderr: stderr.to_owned(),
            ..Row::default()
        };
        let asked = BTreeSet::from([peer_tool.to_owned()]);
        problems("no key", &symptoms(PAGE), &[row], &asked)
    }

    #[test]
    fn printed_symptom_is_accepted() {
        assert!(asked("no key", "node", "error: no key!").is_empty());
    }

    #[test]
    fn symptom_that_was_not_printed_is_refused() {
        assert_eq!(
            asked("no key", "curl", "no certificate"),
            ["curl did not print `no key`"]
        );
    }

    #[test]
    fn client_without_a_symptom_is_refused() {
        assert_eq!(
            asked("no key", "wget", "no key"),
            ["the page has no symptom of wget"]
        );
    }

    #[test]
    fn symptom_of_a_case_that_was_not_tried_is_refused() {
        assert_eq!(
            asked("no host", "curl", "no key"),
            ["curl was not asked this"]
        );
    }

    #[test]
    fn clients_that_were_left_out_are_not_looked_for() {
        assert!(asked("no key", "ruby", "nil").is_empty());
    }
}
