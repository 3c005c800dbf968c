//! A mock with a ready client identity in a folder: what `cargo xtask mock` starts.

use std::{
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Parser;
use mock_napi::{Account, MockNapi, Options};

/// The mock with a ready client identity.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask mock --")]
pub struct MockArguments {
    /// Where the identity goes.
    #[arg(default_value = "target/mock")]
    folder: PathBuf,

    /// The options of the program `mock-napi`.
    #[command(flatten)]
    pub mock: Options,
}

/// A running mock, with an identity of the account `acme` in a folder.
#[derive(Debug)]
pub struct ReadyMock {
    mock: MockNapi,
    folder: PathBuf,
}

impl ReadyMock {
    /// Starts the mock and writes `authority.pem`, `client.pem` and `client.key` in place of what
    /// an earlier start has left, which is of no use: each has authorities of its own.
    ///
    /// # Errors
    ///
    /// If the mock does not start or a file cannot be written.
    pub async fn start(arguments: &MockArguments) -> anyhow::Result<Self> {
        let folder = arguments.folder.clone();
        let mock = arguments.mock.start().await?;
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let identity = mock.client_identity(Account::ACME.name())?;
        let ready = Self { mock, folder };
        fs::write(ready.file("authority.pem"), ready.mock.ca_certificate_pem())?;
        fs::write(ready.file("client.pem"), identity.certificate_pem())?;
        write_secret(&ready.file("client.key"), identity.secret_key_pem())?;
        Ok(ready)
    }

    /// Returns the mock.
    #[must_use]
    pub fn into_mock(self) -> MockNapi {
        self.mock
    }

    /// Returns what a person needs to know: where everything is, all names and passwords, a command
    /// to try.
    #[must_use]
    pub fn summary(&self) -> String {
        let Self { mock, .. } = self;
        let (user, portal_user) = (Account::ACME.api(), Account::ACME.portal());
        let user = format!("{}:{}", user.user(), user.secret_password());
        let mut lines = vec![
            format!("NAPI         {} (mutual TLS)", mock.base_url()),
            format!("             {} (plain)", mock.plain_base_url()),
        ];
        if let Some(proxy) = mock.proxy_addr() {
            lines.push(format!("proxy        http://{proxy}"));
        }
        let name = portal_user.user();
        lines.push(format!("API user     {user}"));
        lines.push(format!("portal       {}", mock.portal_url()));
        lines.push(format!(
            "portal user  {name}:{}",
            portal_user.secret_password()
        ));
        let [authority, certificate, key] =
            ["authority.pem", "client.pem", "client.key"].map(|name| self.file(name));
        let mut summary = lines.join("\n");
        let _written = write!(
            summary,
            "\nidentity     {certificate} and {key}\n\n\
             Try it, and the other paths of crates/mock-napi/README.md:\n\n  \
             curl --cacert {authority} \\\n       \
             --cert {certificate} --key {key} \\\n       \
             --user {user} \\\n       \
             {base_url}/connection/v1/testauthentication\n\n\
             What the mock saw: curl {portal}/mock/v1/events",
            authority = authority.display(),
            certificate = certificate.display(),
            key = key.display(),
            base_url = mock.base_url(),
            portal = mock.portal_url(),
        );
        summary
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Writes a file that only its owner reads, in place of what is there.
fn write_secret(path: &Path, text: &str) -> anyhow::Result<()> {
    let _absent = fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path);
    let mut file = file.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(file.write_all(text.as_bytes())?)
}
