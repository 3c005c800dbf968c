//! An event of the files as a line, for people and for programs.

use std::collections::BTreeMap;
use std::time::SystemTime;

use anstyle::Style;
use identity::{Event as FileEvent, Fingerprint, Report, Severity};
use serde_json::{Map, Value, json};
use transport::ReloadEvent;
use vocabulary::Escaped;

use crate::instant::{day, iso};
use crate::styled_text::{PLAIN, RED, YELLOW};

/// An event, ready to be printed.
#[derive(Debug)]
pub(crate) struct Event {
    at: SystemTime,
    /// A name for programs, in snake case.
    kind: &'static str,
    severity: Severity,
    message: String,
    /// More members for programs.
    more: Map<String, Value>,
}

impl Event {
    /// Returns the line for a person.
    pub(crate) fn line(&self) -> String {
        let (style, word) = match self.severity {
            Severity::Error => (RED, "problem: "),
            Severity::Warning => (YELLOW, "warning: "),
            _ => (PLAIN, ""),
        };
        let message = Escaped::line(&self.message);
        format!(
            "{}  {}",
            iso(self.at),
            styled(style, &format!("{word}{message}"))
        )
    }

    /// Returns the line for a program, one JSON object.
    pub(crate) fn json(&self) -> String {
        let mut members = Map::new();
        members.insert("time".to_owned(), iso(self.at).into());
        members.insert("event".to_owned(), self.kind.into());
        members.insert("severity".to_owned(), self.severity.to_string().into());
        members.insert("message".to_owned(), self.message.clone().into());
        members.extend(self.more.clone());
        Escaped::line(&Value::Object(members).to_string()).to_string()
    }
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Turns the events of a reloader into lines, and knows certificates by the names of their pairs.
#[derive(Debug)]
pub(crate) struct Describer {
    /// The name of the files where a pair has none of its own.
    name: String,
    pairs: BTreeMap<Fingerprint, Known>,
}

#[derive(Clone, Debug)]
struct Known {
    name: String,
    not_after: SystemTime,
}

impl Describer {
    pub(crate) fn of(name: String) -> Self {
        let pairs = BTreeMap::new();
        Self { name, pairs }
    }

    pub(crate) fn describe(&mut self, event: &ReloadEvent, at: SystemTime) -> Event {
        let (kind, severity, message, more) = match event {
            ReloadEvent::Source(event) => self.of_files(event),
            ReloadEvent::Rotated { leaf, .. } => self.presented(*leaf),
            ReloadEvent::ExpiresSoon { leaf, .. } => {
                let more = json!({"sha256": leaf.to_string()});
                ("expires_soon", Severity::Warning, event.to_string(), more)
            }
            ReloadEvent::Refused { .. } => {
                ("not_used", Severity::Error, event.to_string(), json!({}))
            }
            _ => ("other", Severity::Warning, event.to_string(), json!({})),
        };
        let more = match more {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        Event {
            at,
            kind,
            severity,
            message,
            more,
        }
    }

    fn of_files(&mut self, event: &FileEvent) -> Described {
        let message = match event.pair() {
            Some(_) => event.to_string(),
            // The library has no name for it.
            None => format!("{}: {event}", self.name),
        };
        let pair = event.pair().map(str::to_owned);
        let (kind, severity) = match event {
            FileEvent::Loaded { report, .. } => {
                self.remember(report, pair.clone());
                let severity = report.severity().unwrap_or(Severity::Notice);
                ("loaded", severity.min(Severity::Warning))
            }
            FileEvent::Recovered { .. } => ("recovered", Severity::Notice),
            FileEvent::Removed { .. } => ("removed", Severity::Notice),
            FileEvent::Failed { .. } => ("failed", Severity::Error),
            _ => ("other", Severity::Warning),
        };
        let more = match event {
            FileEvent::Loaded { report, .. } => json!({"pair": pair, "report": report}),
            _ => json!({"pair": pair}),
        };
        (kind, severity, message, more)
    }

    fn remember(&mut self, report: &Report, pair: Option<String>) {
        let Some(leaf) = report.certificate_chain().first() else {
            return;
        };
        let known = Known {
            name: pair.unwrap_or_else(|| self.name.clone()),
            not_after: leaf.not_after(),
        };
        self.pairs.insert(leaf.sha256(), known);
    }

    fn presented(&self, leaf: Fingerprint) -> Described {
        let known = self.pairs.get(&leaf);
        let name = known.map_or(&*self.name, |known| &known.name);
        let end = known.map(|known| known.not_after);
        let until = end.map_or_else(String::new, |end| format!(" until {}", day(end)));
        let message = format!("{name} is in use from now on: its certificate is valid{until}");
        let more = json!({
            "pair": name,
            "sha256": leaf.to_string(),
            "not_after": end.map(iso),
        });
        ("in_use", Severity::Notice, message, more)
    }
}

/// The kind, severity and message of an event, and what programs are told beside these.
type Described = (&'static str, Severity, String, Value);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use transport::Renewal;

    use super::*;

    fn described(event: &ReloadEvent) -> (String, Value) {
        let mut describer = Describer::of("a.pem".to_owned());
        let event = describer.describe(event, SystemTime::UNIX_EPOCH);
        let data = serde_json::from_str(&event.json()).unwrap();
        (event.line(), data)
    }

    #[test]
    fn certificate_that_ends_soon_is_a_warning() {
        let leaf = Fingerprint::of(b"leaf");
        let left = Duration::from_secs(3 * 24 * 60 * 60);
        let (line, data) = described(&ReloadEvent::ExpiresSoon { leaf, left });
        assert!(line.starts_with("1970-01-01T00:00:00Z  "), "{line}");
        assert!(
            line.contains("warning: ") && line.contains("in 3 days"),
            "{line}"
        );
        assert_eq!(data["event"], "expires_soon");
        assert_eq!(data["sha256"], leaf.to_string());
    }

    #[test]
    fn identity_that_tls_cannot_use_is_a_problem() {
        let (renewal, source) = (Renewal::Identities, "no such algorithm".into());
        let (line, data) = described(&ReloadEvent::Refused { renewal, source });
        assert!(
            line.contains("problem: new identities are not used"),
            "{line}"
        );
        assert_eq!(
            (&data["event"], &data["severity"]),
            (&"not_used".into(), &"error".into())
        );
    }

    #[test]
    fn name_of_a_pair_steers_no_terminal() {
        let pair = Some("x\n\u{1b}[2J".to_owned());
        let event = ReloadEvent::Source(FileEvent::Removed { pair: pair.clone() });
        let (line, data) = described(&event);
        assert!(
            !line.contains('\n') && !line.contains("\u{1b}[2J"),
            "{line:?}"
        );
        assert_eq!(data["pair"], json!(pair));
    }
}
