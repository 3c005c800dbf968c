//! `napi-mtls mock`: a local mock of Trulioo with a ready identity, until it is interrupted.

mod folder;

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use anyhow::{Context, Result};
use mock_napi::{Account, Error, MockNapi, Options, Problem, ProblemCode};
use serde_json::{Value, json};
use vocabulary::Escaped;

use crate::format::Format;
use crate::global_arguments::GlobalArguments;
use crate::mock::folder::MockFolder;
use crate::output::Output;
use crate::standard_output::print_line;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls mock                                     # until Ctrl-C
  napi-mtls mock --folder faulty-mock --fault iis-revoked  # until Ctrl-C
  napi-mtls mock --openapi > mock.json       # what it serves, as OpenAPI
  napi-mtls mock --state mock-state  # the same CA and certificates at each start; until Ctrl-C")]
pub(crate) struct Arguments {
    /// Folder for an identity, its CA and a profile that names them; made if it is not there, and
    /// written anew by each start, since each start has CAs of its own unless --state keeps them
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "napi-mock",
        overrides_with = "folder"
    )]
    folder: PathBuf,

    #[command(flatten)]
    mock: Options,
}

/// Prints where everything is, and serves until it is interrupted: that is its end as asked for.
pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    if let Some(description) = arguments.mock.openapi() {
        print_line(&description).context("cannot write to standard output")?;
        return Ok(Output::default());
    }
    let folder = MockFolder::claim(&arguments.folder)?;
    let mock = arguments.mock.start().await?;
    let stop = arguments.mock.stop()?;
    let identity = match mock.ready_identity(Account::ACME.name()) {
        Ok(identity) => Some(identity),
        // The mock has to start, or nothing could be revoked.
        Err(Error::Refused { problems }) if problems.iter().all(is_of_number) => None,
        Err(error) => return Err(error.into()),
    };
    folder.write(&mock, identity.as_ref())?;
    let text = match global.output {
        Format::Json => data(&mock, &folder).to_string(),
        _ => summary(&mock, &folder),
    };
    match print_line(&Escaped::lines(&text).to_string()) {
        // Who has read no line may still use it: the files are there.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        printed => printed.context("cannot write to standard output")?,
    }
    let no_place = identity.is_none().then(|| NO_PLACE.to_owned());
    for warning in arguments.mock.warning().into_iter().chain(no_place) {
        // At once: the output's own warnings come when it ends.
        let _unheard = writeln!(std::io::stderr(), "warning: {warning}");
    }
    stop.wait().await;
    mock.shutdown().await;
    Ok(Output::default())
}

/// Returns whether it is that the account has as many live certificates as it may have.
fn is_of_number(problem: &Problem) -> bool {
    problem.code == ProblemCode::TooManyCertificates
}

/// Returns what a person needs to know: where everything is, all names and passwords, what to try.
fn summary(mock: &MockNapi, folder: &MockFolder) -> String {
    let (user, portal_user) = (Account::ACME.api(), Account::ACME.portal());
    let mut lines = vec![
        format!("NAPI         {} (mutual TLS)", mock.base_url()),
        format!("             {} (plain)", mock.plain_base_url()),
    ];
    lines.extend(proxy(mock).map(|url| format!("proxy        {url}")));
    let portal_user = format!("{}:{}", portal_user.user(), portal_user.secret_password());
    let portal = mock.portal_url();
    lines.extend([
        format!("API user     {}:{}", user.user(), user.secret_password()),
        format!("portal       {portal}"),
        format!("portal user  {portal_user}"),
        format!("identity     {} and {}", folder.certificate(), folder.key()),
        format!("profile      {}", folder.config()),
        String::new(),
        "Serving until Ctrl-C. In another terminal:".to_owned(),
        String::new(),
        format!("  export NAPI_CONFIG={}", quoted(&folder.config())),
        "  napi-mtls hello".to_owned(),
        "  napi-mtls fields AU".to_owned(),
        String::new(),
        "A certificate for a request of your own, as the Customer Portal would issue it:"
            .to_owned(),
        String::new(),
        format!("  curl -fsS -u {portal_user} --data-binary @napi.csr \\"),
        format!("      -o napi.pem {portal}/portal/v1/certificates"),
        String::new(),
        "In a browser:".to_owned(),
        String::new(),
        format!(
            "  {portal}/portal   sign in as the portal user: upload, download, revoke, enforce"
        ),
        format!("  {portal}/control  what the mock saw, faults, clock, settings, test entities"),
        String::new(),
        format!("What the mock saw, as JSON: curl {portal}/mock/v1/events"),
    ]);
    lines.join("\n")
}

fn data(mock: &MockNapi, folder: &MockFolder) -> Value {
    let portal_user = Account::ACME.portal();
    json!({
        "base_url": mock.base_url(),
        "plain_base_url": mock.plain_base_url(),
        "portal_url": mock.portal_url(),
        "proxy_url": proxy(mock),
        "user": Account::ACME.api().user(),
        "portal_user": portal_user.user(),
        "portal_password": portal_user.secret_password(),
        "ca_file": folder.ca(),
        "certificate": folder.certificate(),
        "key": folder.key(),
        "password_file": folder.password(),
        "config": folder.config(),
    })
}

fn proxy(mock: &MockNapi) -> Option<String> {
    mock.proxy_addr().map(|address| format!("http://{address}"))
}

/// Returns a word of a shell.
fn quoted(word: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/._-".contains(it);
    match word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

const NO_PLACE: &str = "the account acme has five live certificates, and none is the mock's ready one: the \
                        identity in the folder is of no use; revoke one in the portal and start again";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_split_them() {
        assert_eq!(
            quoted("/tmp/napi-mock/config.toml"),
            "/tmp/napi-mock/config.toml"
        );
        assert_eq!(quoted("/it's here"), r"'/it'\''s here'");
    }
}
