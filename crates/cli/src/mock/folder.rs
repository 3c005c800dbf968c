//! The folder of a mock: an identity, the CA, the password, and a profile that names them.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use mock_napi::{Account, ClientIdentity, MockNapi};
use vocabulary::Escaped;

use crate::refusal::Refusal;

/// The first line of the profile, by which a folder is known to be a mock's.
const MARK: &str = "# Written by `napi-mtls mock`, and written anew by its next start.";

const CA: &str = "ca.pem";
const CERTIFICATE: &str = "client.pem";
const CONFIG: &str = "config.toml";
const KEY: &str = "client.key";
const PASSWORD: &str = "password";

/// A folder that is a mock's, or may become one.
#[derive(Debug)]
pub(super) struct MockFolder {
    /// From the root, so that what is printed holds in any other terminal.
    path: PathBuf,
}

impl MockFolder {
    /// Makes the folder if it is not there; takes one that is empty or an earlier mock's.
    pub(super) fn claim(path: &Path) -> Result<Self> {
        let shown = Escaped::line(&path.to_string_lossy()).to_string();
        fs::create_dir_all(path).with_context(|| format!("cannot make the folder {shown}"))?;
        let path = path.canonicalize();
        let path = path.with_context(|| format!("cannot find the folder {shown}"))?;
        let is_ours = fs::read_to_string(path.join(CONFIG)).is_ok_and(|it| it.starts_with(MARK));
        let mut entries = fs::read_dir(&path).with_context(|| format!("cannot list {shown}"))?;
        if !is_ours && entries.next().is_some() {
            let text = format!(
                "{shown} has files that no mock has written, and the mock would overwrite some: name an empty or \
                 a new folder by --folder"
            );
            return Err(Refusal::file(text).into());
        }
        Ok(Self { path })
    }

    /// Writes everything in place of what an earlier start has left, which is of no use any more.
    pub(super) fn write(&self, mock: &MockNapi, identity: Option<&ClientIdentity>) -> Result<()> {
        // First, so that a folder that is half written is still known as a mock's.
        self.file(CONFIG, &profile(mock))?;
        self.file(CA, mock.ca_certificate_pem())?;
        if let Some(identity) = identity {
            self.file(CERTIFICATE, identity.certificate_pem())?;
            self.file(KEY, identity.secret_key_pem())?;
        }
        self.file(PASSWORD, Account::ACME.api().secret_password())
    }

    /// Writes a file that only its owner reads.
    fn file(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path.join(name);
        let _absent = fs::remove_file(&path);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()));
        written.with_context(|| format!("cannot write {}", path.display()))
    }

    pub(super) fn ca(&self) -> String {
        self.shown(CA)
    }

    pub(super) fn certificate(&self) -> String {
        self.shown(CERTIFICATE)
    }

    pub(super) fn config(&self) -> String {
        self.shown(CONFIG)
    }

    pub(super) fn key(&self) -> String {
        self.shown(KEY)
    }

    pub(super) fn password(&self) -> String {
        self.shown(PASSWORD)
    }

    fn shown(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }
}

/// Returns the profile; its paths start from its folder.
fn profile(mock: &MockNapi) -> String {
    format!(
        "{MARK}\n\
         profile = \"mock\"\n\n\
         [profiles.mock]\n\
         base_url = \"{}\"\n\
         plain_base_url = \"{}\"\n\
         ca_file = \"{CA}\"\n\
         certificate = \"{CERTIFICATE}\"\n\
         key = \"{KEY}\"\n\
         user = \"{}\"\n\
         password_file = \"{PASSWORD}\"\n\
         proxy = \"none\" # a company's proxy does not reach this machine\n",
        mock.base_url(),
        mock.plain_base_url(),
        Account::ACME.api().user(),
    )
}
