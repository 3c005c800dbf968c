//! The state of identities in the text format of Prometheus, for the textfile collector of
//! node_exporter.

use std::fmt::{Display, Write};
use std::time::{Duration, SystemTime};

use identity::{Identity, Report, Severity};

/// A pair of key and certificate, as far as it can be used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) name: &'a str,
    /// Nothing if it cannot be used.
    pub(crate) loaded: Option<(&'a Identity, &'a Report)>,
    /// Whether a client with these files presents it now.
    pub(crate) is_in_use: bool,
}

/// Returns the lines about some pairs.
pub(crate) fn lines(pairs: &[Pair<'_>], now: SystemTime) -> String {
    let mut text = String::new();
    let by_pair = |value: fn(&Pair<'_>) -> bool| {
        let sample = move |pair: &Pair<'_>| (pair_label(pair), u8::from(value(pair)));
        pairs.iter().map(sample)
    };
    let help = "Whether certificate and key can be used";
    metric(&mut text, "usable", help, by_pair(|it| it.loaded.is_some()));
    let help = "Whether a client with these files presents this certificate now";
    metric(&mut text, "in_use", help, by_pair(|it| it.is_in_use));
    let loaded = || {
        let loaded = pairs.iter().filter_map(|it| Some((it, it.loaded?)));
        loaded.map(|(pair, (identity, report))| (pair, identity, report))
    };
    let days = loaded().map(|(pair, identity, _)| {
        let leaf = identity.leaf();
        let labels = format!("{},sha256=\"{}\"", pair_label(pair), leaf.sha256());
        (labels, days_until(leaf.not_after(), now))
    });
    metric(
        &mut text,
        "days_left",
        "Days until the certificate ends",
        days,
    );
    let severities = [Severity::Notice, Severity::Warning, Severity::Error];
    let findings = loaded().flat_map(|(pair, _, report)| {
        severities.map(|severity| {
            let found = report.findings().iter();
            let count = found.filter(|it| it.severity() == severity).count();
            (
                format!("{},severity=\"{severity}\"", pair_label(pair)),
                count,
            )
        })
    });
    let help = "Findings of `napi-mtls check`, by severity";
    metric(&mut text, "findings", help, findings);
    text.truncate(text.trim_end().len());
    text
}

/// Writes a metric, if it has samples: labels with a value each.
fn metric(
    text: &mut String,
    name: &str,
    help: &str,
    samples: impl Iterator<Item = (String, impl Display)>,
) {
    let mut samples = samples.peekable();
    if samples.peek().is_none() {
        return;
    }
    // To a string it never fails.
    let _ = write!(
        text,
        "# HELP {PREFIX}_{name} {help}\n# TYPE {PREFIX}_{name} gauge\n"
    );
    for (labels, value) in samples {
        let _ = writeln!(text, "{PREFIX}_{name}{{{labels}}} {value}");
    }
}

/// Returns the label with the name of a pair, escaped as the format has it.
fn pair_label(pair: &Pair<'_>) -> String {
    let name = pair.name.replace('\\', "\\\\");
    let name = name.replace('"', "\\\"").replace('\n', "\\n");
    format!("pair=\"{name}\"")
}

/// Returns the days with two digits behind the point, negative past the end.
fn days_until(end: SystemTime, now: SystemTime) -> String {
    let days = |time: Duration| time.as_secs_f64() / 86_400.0;
    let left = match end.duration_since(now) {
        Ok(left) => days(left),
        Err(past) => -days(past.duration()),
    };
    format!("{left:.2}")
}

const PREFIX: &str = "napi_mtls_identity";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_to_either_side_of_the_end() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(864_000);
        assert_eq!(days_until(now + Duration::from_secs(129_600), now), "1.50");
        assert_eq!(days_until(now - Duration::from_secs(86_400), now), "-1.00");
    }

    #[test]
    fn identity_that_cannot_be_used_is_a_metric_too() {
        let pair = Pair {
            name: "a\"\n\\",
            loaded: None,
            is_in_use: false,
        };
        let text = lines(&[pair], SystemTime::now());
        let label = r#"{pair="a\"\n\\"}"#;
        assert!(
            text.contains(&format!("\n{PREFIX}_usable{label} 0\n")),
            "{text}"
        );
        assert!(
            text.ends_with(&format!("\n{PREFIX}_in_use{label} 0")),
            "{text}"
        );
        assert!(!text.contains("days_left"), "{text}");
    }
}
