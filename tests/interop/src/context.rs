//! What every group shares: one mock, one folder that goes away, and which witnesses are asked.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use tempfile::TempDir;
use test_support::{Mock, Portal};

use crate::{example, our_key::OurKey, selection::Selection};

/// The mock, the folder of all files, and who is asked.
#[derive(Debug)]
pub(crate) struct Context {
    mock: Mock,
    folder: TempDir,
    key: OurKey,
    selection: Selection,
}

impl Context {
    /// Starts the mock, and writes our key and the authority that the mock's server certificate is
    /// of.
    pub(crate) async fn new(selection: Selection) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let context = Self {
            mock: Mock::start().await?,
            key: OurKey::write(folder.path())?,
            folder,
            selection,
        };
        fs::write(context.authority(), context.mock.authority_pem())?;
        Ok(context)
    }

    /// The other side.
    pub(crate) fn mock(&self) -> &Mock {
        &self.mock
    }

    /// The customer portal and the event log.
    pub(crate) fn portal(&self) -> Portal {
        self.mock.portal()
    }

    /// The key of ours that others are given.
    pub(crate) fn key(&self) -> &OurKey {
        &self.key
    }

    /// A folder of this name, made anew, that goes away at the end.
    pub(crate) fn new_folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.file(name);
        fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
        Ok(folder)
    }

    /// A file of this name in the folder that goes away.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The file of the authority that the mock's server certificate is of.
    pub(crate) fn authority(&self) -> PathBuf {
        self.file("authority.pem")
    }

    /// Who is asked.
    pub(crate) fn selection(&self) -> &Selection {
        &self.selection
    }

    /// What differs from run to run, and its name in the report.
    pub(crate) fn placeholders(&self) -> Vec<(String, &'static str)> {
        let port = self.mock.base_url().rsplit(':').next().unwrap_or_default();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        vec![
            (self.folder.path().display().to_string(), "{folder}"),
            (root.display().to_string(), "{interop}"),
            (example::folder().display().to_string(), "{clients}"),
            (port.to_owned(), "{port}"),
        ]
    }
}
