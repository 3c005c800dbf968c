//! The context of every group: one mock, one temporary folder, and the selected peer tools.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use tempfile::TempDir;
use test_support::{Mock, Portal};

use crate::{example, our_key::OurKey, selection::Selection};

/// The mock, the folder of all files, and the selection.
#[derive(Debug)]
pub(crate) struct Context {
    mock: Mock,
    folder: TempDir,
    key: OurKey,
    selection: Selection,
}

impl Context {
    /// Starts the mock, and writes our key and the CA of the mock's server certificate.
    pub(crate) async fn new(selection: Selection) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let context = Self {
            mock: Mock::start().await?,
            key: OurKey::write(folder.path())?,
            folder,
            selection,
        };
        fs::write(context.ca_file(), context.mock.ca_pem())?;
        Ok(context)
    }

    /// Returns the mock.
    pub(crate) fn mock(&self) -> &Mock {
        &self.mock
    }

    /// Returns a client of the portal and of the event log.
    pub(crate) fn portal(&self) -> Portal {
        self.mock.portal()
    }

    /// Returns the key of ours that others get.
    pub(crate) fn key(&self) -> &OurKey {
        &self.key
    }

    /// Creates a folder of this name in the temporary folder.
    pub(crate) fn new_folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.file(name);
        fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
        Ok(folder)
    }

    /// Returns the path of a file in the temporary folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the file of the CA of the mock's server certificate.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.file("ca.pem")
    }

    /// Returns the selected peer tools.
    pub(crate) fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Returns the texts that differ from run to run, and their names in the report.
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
