//! `napi-mtls identities`: the pairs of key and certificate in a folder, and what comes next.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use identity::{
    Finding, Identity, IdentityDirectory, IdentitySet, Inventory, PairEntry, PairState, Severity,
};
use serde_json::{Value, json};
use vocabulary::Escaped;

use crate::check::chain;
use crate::format::Format;
use crate::global_arguments::GlobalArguments;
use crate::identity_files::loader_of_folder;
use crate::instant::day;
use crate::output::Output;
use crate::prometheus::{self, Pair};
use crate::secret::PassphraseArguments;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls identities identities
  napi-mtls identities identities --strict --output json
  napi-mtls identities identities --output prometheus > napi.prom")]
pub(crate) struct Arguments {
    /// Folder with pairs of NAME.key and NAME.crt, .pem or .cer; NAME.passphrase has the passphrase
    /// of the key, or its PIN where NAME.key holds the URI of a key in a token, `pkcs11:...`
    folder: PathBuf,

    #[command(flatten)]
    passphrase: PassphraseArguments,

    /// Fail on warnings too, and once the next certificate should have been requested
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let loader = loader_of_folder(&arguments.passphrase);
    let inventory = IdentityDirectory::new(&arguments.folder).load(&loader)?;
    let now = SystemTime::now();
    let mut lines: Vec<String> = inventory.entries().iter().filter_map(line).collect();
    let mut problems: Vec<String> = inventory.entries().iter().filter_map(problem).collect();
    // A pair that fails is a problem, but the others are still the ones that a service would use.
    match inventory.set(IdentitySet::TRULIOO) {
        Ok(set) => {
            lines.extend(outlook(&inventory, &set, now));
            if set.current_at(now).is_none() {
                problems.push("no certificate is valid now".to_owned());
            } else if arguments.strict && set.renew_by(now, LEAD) <= now {
                problems.push(DUE.to_owned());
            }
        }
        Err(error) => problems.push(error.to_string()),
    }
    if arguments.strict {
        // They are in the text as well, but standard error is what a monitor reads.
        problems.extend(inventory.entries().iter().flat_map(warnings));
    }
    let text = match global.output {
        Format::Prometheus => metrics(&inventory, now),
        _ => lines.join("\n"),
    };
    Ok(Output::new(text, data(&inventory, now), None::<String>).problems(problems))
}

/// Returns the metrics of each pair whose certificate is there.
fn metrics(inventory: &Inventory, now: SystemTime) -> String {
    let set = inventory.set(IdentitySet::TRULIOO).ok();
    let current = set.as_ref().and_then(|set| set.current_at(now));
    let current = current.map(|identity| identity.leaf().sha256());
    let entries = inventory.entries().iter();
    let names = entries.map(|entry| (entry.files.name(), &entry.state));
    let names: Vec<_> = names
        .filter(|(_, state)| !matches!(state, PairState::AwaitsCertificate))
        .collect();
    let pairs = names.iter().map(|(name, state)| {
        let loaded = match state {
            PairState::Loaded { identity, report } => Some((&**identity, &**report)),
            _ => None,
        };
        let leaf = loaded.map(|(identity, _)| identity.leaf().sha256());
        Pair {
            name,
            loaded,
            is_in_use: leaf.is_some() && leaf == current,
        }
    });
    prometheus::lines(&pairs.collect::<Vec<_>>(), now)
}

/// Returns the findings of a pair that need attention. Not that it ends soon: a pair that has a
/// successor may, and one that has none is [`DUE`].
fn warnings(entry: &PairEntry) -> Vec<String> {
    let PairState::Loaded { report, .. } = &entry.state else {
        return Vec::new();
    };
    let name = entry.files.name();
    let findings = report.findings().iter().filter(|finding| {
        finding.severity() >= Severity::Warning
            && !matches!(
                finding,
                Finding::CertificateExpiresSoon { .. }
                    | Finding::CertificateExpired { .. }
                    | Finding::CertificateNotYetValid { .. }
            )
    });
    findings
        .map(|finding| format!("{name}: {finding}"))
        .collect()
}

fn line(entry: &PairEntry) -> Option<String> {
    let name = Escaped::line(&entry.files.name()).to_string();
    match &entry.state {
        PairState::AwaitsCertificate => {
            let mut line = format!("{name}: awaits its certificate");
            if let Some(misnamed) = &entry.misnamed_certificate {
                line.push_str(&format!("\n    warning: {misnamed}"));
            }
            Some(line)
        }
        PairState::Loaded { identity, report } => {
            let leaf = identity.leaf();
            let mut line = format!(
                "{name}: {}, valid from {} to {}",
                leaf.subject(),
                day(leaf.not_before()),
                day(leaf.not_after())
            );
            for finding in report.findings() {
                line.push_str(&format!("\n    {}: {finding}", finding.severity()));
            }
            Some(line)
        }
        _ => None,
    }
}

fn problem(entry: &PairEntry) -> Option<String> {
    match &entry.state {
        PairState::Failed(error) => Some(format!("{}: {}", entry.files.name(), chain(error))),
        _ => None,
    }
}

/// Returns the pair presented now, the next one, and the day by which to request a new certificate.
fn outlook(inventory: &Inventory, set: &IdentitySet, now: SystemTime) -> Vec<String> {
    let name = |identity: &Identity| name(inventory, identity);
    let current = set.current_at(now).map(|identity| name(identity));
    let mut lines = vec![format!(
        "current   {}",
        current.as_deref().unwrap_or("none is valid now")
    )];
    if let Some(next) = set.next_change_after(now) {
        let from = day(next.at);
        lines.push(match next.identity {
            Some(identity) => format!("next      {}, from {from}", name(identity)),
            None => format!("next      none: no certificate is valid from {from} on"),
        });
    }
    let by = day(set.renew_by(now, LEAD));
    lines.push(format!("renew     request the next certificate by {by}"));
    lines
}

fn name(inventory: &Inventory, wanted: &Identity) -> String {
    // By the certificate: a set knows identities, not the files that they came from.
    let found = inventory.entries().iter().find(|entry| {
        matches!(&entry.state, PairState::Loaded { identity, .. }
            if identity.leaf().sha256() == wanted.leaf().sha256())
    });
    found.map_or_else(String::new, |entry| {
        Escaped::line(&entry.files.name()).to_string()
    })
}

/// Returns the pairs, and which is in use and which comes next, by name.
fn data(inventory: &Inventory, now: SystemTime) -> Value {
    let pairs: Vec<_> = inventory.entries().iter().map(pair_data).collect();
    let Ok(set) = inventory.set(IdentitySet::TRULIOO) else {
        return json!({ "pairs": pairs });
    };
    let current = set.current_at(now);
    let next = set.next_change_after(now).map(|next| {
        let name = next.identity.map(|identity| name(inventory, identity));
        json!({"name": name, "from": day(next.at)})
    });
    json!({
        "pairs": pairs,
        "current": current.map(|identity| name(inventory, identity)),
        "next": next,
        "renew_by": day(set.renew_by(now, LEAD)),
    })
}

fn pair_data(entry: &PairEntry) -> Value {
    let name = entry.files.name();
    match &entry.state {
        PairState::AwaitsCertificate => json!({"name": name, "state": "awaits_certificate"}),
        PairState::Loaded { report, .. } => {
            json!({"name": name, "state": "loaded", "report": report})
        }
        PairState::Failed(error) => {
            json!({"name": name, "state": "failed", "problem": chain(error)})
        }
        _ => json!({"name": name, "state": "unknown"}),
    }
}

/// The problem of a certificate that still works, and has no successor.
const DUE: &str = "the last certificate ends within 30 days: request the next one now";

/// The time before the end of the last certificate at which the next one should be requested.
const LEAD: Duration = Duration::from_secs(30 * 24 * 60 * 60);
