//! Failures on this machine: its files, its keys and the command line.

use std::error::Error as StdError;
use std::io;

use identity::Error as IdentityError;
use vocabulary::variant_name;

use crate::diagnosis::{Diagnosis, Side};
use crate::exit::Exit;
use crate::refusal::{Refusal, RefusalKind};

/// Returns the diagnosis of one cause, if it is one of these.
pub(super) fn diagnosis(cause: &(dyn StdError + 'static)) -> Option<Diagnosis> {
    if let Some(refusal) = cause.downcast_ref::<Refusal>() {
        return Some(of_refusal(refusal));
    }
    if let Some(error) = cause.downcast_ref::<IdentityError>() {
        return Some(of_identity(error));
    }
    if let Some(error) = cause.downcast_ref::<csr::Error>() {
        return Some(of_request(error));
    }
    if cause.is::<csr::SubjectError>() {
        let remedy = "correct the names on the command line; each problem is named";
        return Some(usage("subject", remedy));
    }
    if cause.is::<transport::InvalidProxy>() {
        let remedy = "correct --proxy or the environment variable that names the proxy";
        return Some(usage("invalid_proxy", remedy));
    }
    if let Some(error) = cause.downcast_ref::<gateway::Error>() {
        return Some(of_gateway(error));
    }
    if let Some(error) = cause.downcast_ref::<transport::ConfigError>() {
        let remedy = "correct the file of CA certificates, or the certificate and key";
        return Some(local(variant_name(error), remedy));
    }
    let is_io = cause.is::<io::Error>();
    is_io.then(|| {
        local(
            "file".to_owned(),
            "look at the file or folder that the message names",
        )
    })
}

/// Returns the diagnosis of an error that no rule names.
pub(super) fn other() -> Diagnosis {
    local("other".to_owned(), "the message says what was refused")
}

fn of_refusal(refusal: &Refusal) -> Diagnosis {
    match refusal.kind() {
        RefusalKind::Cancelled => Diagnosis {
            exit: Exit::Interrupted,
            ..usage("cancelled", "run the command again")
        },
        RefusalKind::CommandLine => usage("command_line", "correct the command line"),
        RefusalKind::File => local("file".to_owned(), "name another file, or correct this one"),
        RefusalKind::NoAnswer | RefusalKind::NoTerminal => usage(
            &variant_name(&refusal.kind()),
            "name a file or an environment variable",
        ),
    }
}

fn of_gateway(error: &gateway::Error) -> Diagnosis {
    match error {
        gateway::Error::PublicAddress { .. }
        | gateway::Error::PublicWithoutAuthentication { .. } => usage(
            &variant_name(error),
            "listen on 127.0.0.1 or on a unix socket",
        ),
        _ => local(
            variant_name(error),
            "listen on another address with --listen",
        ),
    }
}

fn of_identity(error: &IdentityError) -> Diagnosis {
    if let IdentityError::PassphrasePrompt { source } = error
        && let Some(refusal) = source.get_ref().and_then(|it| it.downcast_ref())
    {
        return of_refusal(refusal);
    }
    let remedy = match error {
        IdentityError::Expired { .. } => "use a certificate that is valid, or request a new one",
        IdentityError::NotYetValid { .. } => "check the clock of this machine",
        IdentityError::KeyMismatch { .. } => "give the key that the certificate was requested with",
        IdentityError::PassphraseOrDamaged => "give the passphrase of this key",
        IdentityError::PassphraseRequired
        | IdentityError::PassphrasePrompt { .. }
        | IdentityError::PassphraseVariableUnset { .. } => {
            "name the passphrase with --passphrase-file or --passphrase-env"
        }
        IdentityError::Read { .. } => "check that the file exists and may be read",
        _ => "correct the file that the message names; `napi-mtls inspect FILE` says what it holds",
    };
    local(variant_name(error), remedy)
}

fn of_request(error: &csr::Error) -> Diagnosis {
    let remedy = match error {
        csr::Error::AlreadyExists { .. } => "choose another name or folder",
        csr::Error::File { .. } => "check the folder, its permissions and the disk",
        csr::Error::Damaged { .. } => "get the file anew",
        _ => "the message says what to change",
    };
    local(variant_name(error), remedy)
}

fn local(kind: String, remedy: &'static str) -> Diagnosis {
    Diagnosis {
        kind,
        side: Side::Client,
        remedy: remedy.into(),
        exit: Exit::Local,
    }
}

fn usage(kind: &str, remedy: &'static str) -> Diagnosis {
    Diagnosis {
        exit: Exit::Usage,
        ..local(kind.to_owned(), remedy)
    }
}
