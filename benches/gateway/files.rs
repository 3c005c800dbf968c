//! The files of the server and of each proxy, and their renewal.

use std::{
    fs,
    path::{Path, PathBuf},
};

use test_support::tls_server::TestCa;

/// The folder of one proxy: `ca.pem`, the pair `identities/client.*`, and both halves of it in
/// `client-both.pem`.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) folder: PathBuf,
}

impl Files {
    /// Writes the files of a proxy, below a folder.
    pub(crate) fn new(below: &Path, name: &str, ca: &TestCa) -> anyhow::Result<Self> {
        let folder = below.join(name);
        fs::create_dir_all(folder.join("identities"))?;
        fs::write(folder.join("ca.pem"), ca.pem())?;
        let files = Self { folder };
        files.renew(ca)?;
        Ok(files)
    }

    /// Puts a new certificate into the place of the old one; the key stays.
    pub(crate) fn renew(&self, ca: &TestCa) -> anyhow::Result<()> {
        let (certificate, key) = ca.client_pem()?;
        let both = format!("{certificate}{key}");
        let files = [
            ("identities/client.key", key),
            ("identities/client.pem", certificate),
            ("client-both.pem", both),
        ];
        for (name, text) in files {
            let new = self.folder.join("new");
            fs::write(&new, text)?;
            fs::rename(&new, self.folder.join(name))?;
        }
        Ok(())
    }
}

/// Writes the files of the server into a folder.
pub(crate) fn write_server(folder: &Path, ca: &TestCa) -> anyhow::Result<()> {
    let (certificate, key) = ca.server_pem()?;
    fs::write(folder.join("ca.pem"), ca.pem())?;
    fs::write(folder.join("server.pem"), certificate)?;
    Ok(fs::write(folder.join("server.key"), key)?)
}
