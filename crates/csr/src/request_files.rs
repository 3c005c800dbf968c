//! The two files on disk: the private key and the request.
//!
//! The only I/O of this crate. A lost key means a new certificate, so nothing is ever overwritten,
//! the key comes first, and success means that both were read back. Leaves out making folders and
//! choosing names.

mod created;

use std::path::PathBuf;

use zeroize::Zeroizing;

use created::{CreatedFiles, Rehearsal};

use crate::certification_request::CertificationRequest;
use crate::error::Error;
use crate::new_file::FileAccess;
use crate::passphrase::Passphrase;
use crate::rsa_key::{EncryptionParams, RsaKey};

/// Where a key and its request go: `<name>.key` and `<name>.csr` in one folder.
///
/// ```
/// # use csr::{CertificationRequest, Protection, RequestFiles, RsaKey, Subject};
/// # let folder = tempfile::tempdir()?;
/// # let subject = Subject::builder().country("CA").state("British Columbia")
/// #     .locality("Vancouver").organization("Acme Identity Inc.")
/// #     .common_name("napi.acme.example").build()?;
/// # let key = RsaKey::generate()?;
/// # let request = CertificationRequest::builder(&subject).sign(&key)?;
/// let files = RequestFiles::new(folder.path(), "sandbox-2027")?;
/// files.write(&key, Protection::Plain, &request)?;
/// assert!(files.request_path().ends_with("sandbox-2027.csr"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFiles {
    folder: PathBuf,
    name: String,
}

/// The protection of the key file, beside its mode.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Protection<'a> {
    /// None: the file is the key.
    Plain,
    /// Encrypted under the passphrase.
    Passphrase(&'a Passphrase, EncryptionParams),
}

impl RequestFiles {
    /// Names the two files in `folder`; an empty `folder` is the current one.
    ///
    /// # Errors
    ///
    /// [`Error::FileName`] if `name` is empty, has a dot in front, a control character or any of
    /// `/ \ : * ? " < > |`, which some systems take amiss.
    pub fn new(folder: impl Into<PathBuf>, name: &str) -> Result<Self, Error> {
        let refused = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
        if name.is_empty() || name.starts_with('.') || name.contains(refused) {
            return Err(Error::FileName);
        }
        let folder = folder.into();
        let folder = if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder
        };
        Ok(Self {
            folder,
            name: name.to_owned(),
        })
    }

    /// Returns the file of the private key.
    #[must_use]
    pub fn key_path(&self) -> PathBuf {
        self.folder.join(format!("{}.key", self.name))
    }

    /// Returns the file of the request.
    #[must_use]
    pub fn request_path(&self) -> PathBuf {
        self.folder.join(format!("{}.csr", self.name))
    }

    /// Writes the key and then its request, and reads both back.
    ///
    /// On Unix the key file has mode 0600 from its first byte and the request 0644 less the umask;
    /// elsewhere both inherit the folder's permissions, so choose one that is yours alone. Both
    /// files and the folder are flushed to disk. If anything fails, the files that this call has
    /// created are removed and no other is touched.
    ///
    /// Both are written whole before either appears under its name, the key first. A process that
    /// is killed, or a power cut, thus leaves none, the key alone (whole, and in the way of the
    /// next run: remove it), or both. On Linux nothing else is left. On file systems without
    /// nameless files, and on other systems, a hidden `.<name>.<digits>.partial` may stay, which
    /// has the mode of the file and may hold a plain key; the next call for the same name removes
    /// it.
    ///
    /// # Errors
    ///
    /// [`Error::RequestNotForKey`] and [`Error::AlreadyExists`] before anything is written;
    /// [`Error::File`] if a step fails; [`Error::ReadBack`] if a file does not hold what was
    /// written, or the key in it does not open; [`Error::Randomness`] if the system delivers none
    /// for the encryption.
    pub fn write(
        &self,
        key: &RsaKey,
        protection: Protection<'_>,
        request: &CertificationRequest,
    ) -> Result<(), Error> {
        self.write_rehearsed(key, &protection, request, &mut |_, _| Ok(()))
    }

    /// Writes as [`RequestFiles::write`], and calls the rehearsal before every step.
    fn write_rehearsed(
        &self,
        key: &RsaKey,
        protection: &Protection<'_>,
        request: &CertificationRequest,
        rehearsal: &mut Rehearsal<'_>,
    ) -> Result<(), Error> {
        if key.public_key_sha256() != request.public_key_sha256() {
            return Err(Error::RequestNotForKey);
        }
        let (key_path, request_path) = (self.key_path(), self.request_path());
        let mut created = CreatedFiles::new(&self.folder, rehearsal);
        created.refuse_existing(&key_path)?;
        created.refuse_existing(&request_path)?;

        let (key_text, request_text) = (protection.encode(key)?, request.to_pem());
        let key_file = created.prepare(&key_path, FileAccess::OwnerOnly, key_text.as_bytes())?;
        let request_file = created.prepare(
            &request_path,
            FileAccess::Everybody,
            request_text.as_bytes(),
        )?;
        created.link(&key_path, key_file)?;
        created.link(&request_path, request_file)?;

        created.read_back(&key_path, &key_text)?;
        created.read_back(&request_path, &request_text)?;
        if !protection.opens(&key_text, request) {
            return Err(Error::ReadBack { path: key_path });
        }
        created.keep();
        Ok(())
    }
}

impl Protection<'_> {
    fn encode(&self, key: &RsaKey) -> Result<Zeroizing<String>, Error> {
        match self {
            Self::Plain => Ok(key.to_secret_pkcs8_pem()),
            Self::Passphrase(passphrase, params) => key
                .to_encrypted_pkcs8_pem(passphrase, params)
                .map(Zeroizing::new),
        }
    }

    /// Returns whether the text of a key file opens, and to the key of `request`.
    fn opens(&self, key_text: &str, request: &CertificationRequest) -> bool {
        let passphrase = match self {
            Self::Plain => None,
            Self::Passphrase(passphrase, _) => Some(*passphrase),
        };
        RsaKey::from_pkcs8_pem(key_text, passphrase)
            .is_ok_and(|key| key.public_key_sha256() == request.public_key_sha256())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;
    use std::io;
    use std::path::Path;
    use std::sync::LazyLock;

    use tempfile::TempDir;

    use super::*;
    use crate::error::FileStep;
    use crate::subject::Subject;

    static KEY: LazyLock<RsaKey> = LazyLock::new(|| {
        RsaKey::from_pkcs8_pem(include_str!("../tests/vectors/key.pem"), None).unwrap()
    });

    static REQUEST: LazyLock<CertificationRequest> = LazyLock::new(|| {
        let subject = Subject::builder()
            .country("CA")
            .state("British Columbia")
            .locality("Vancouver")
            .organization("Acme Identity Inc.")
            .common_name("napi.acme.example")
            .build()
            .unwrap();
        CertificationRequest::builder(&subject).sign(&KEY).unwrap()
    });

    fn acme() -> (TempDir, RequestFiles) {
        let folder = tempfile::tempdir().unwrap();
        let files = RequestFiles::new(folder.path(), "acme").unwrap();
        (folder, files)
    }

    fn names_in(folder: &TempDir) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn rehearse(
        files: &RequestFiles,
        mut before: impl FnMut(FileStep, &Path) -> io::Result<()>,
    ) -> Result<(), Error> {
        files.write_rehearsed(&KEY, &Protection::Plain, &REQUEST, &mut before)
    }

    #[test]
    fn whichever_step_fails_nothing_is_left_behind() {
        let steps = Cell::new(0);
        let (_folder, files) = acme();
        rehearse(&files, |_, _| {
            steps.set(steps.get() + 1);
            Ok(())
        })
        .unwrap();
        assert_eq!(
            steps.get(),
            14,
            "two looks, twice create-write-sync-link-sync, two reads"
        );

        for failing in 0..steps.get() {
            let (folder, files) = acme();
            let mut step = 0;
            let result = rehearse(&files, |_, _| {
                step += 1;
                if step > failing {
                    Err(io::ErrorKind::StorageFull.into())
                } else {
                    Ok(())
                }
            });
            assert!(matches!(result, Err(Error::File { .. })), "step {failing}");
            assert!(names_in(&folder).is_empty(), "step {failing}");
        }
    }

    // A process that ends at a step is a process that was killed there.
    #[test]
    fn process_killed_at_any_step_leaves_no_half_file() {
        use std::env;
        use std::process::{Command, Stdio};

        const STEP: &str = "CSR_TEST_KILLED_AT";
        const FOLDER: &str = "CSR_TEST_FOLDER";
        if let (Ok(killed_at), Some(folder)) = (env::var(STEP), env::var_os(FOLDER)) {
            let mut step = 0;
            let killed_at: usize = killed_at.parse().unwrap();
            let files = RequestFiles::new(folder, "acme").unwrap();
            let written = rehearse(&files, |_, _| {
                step += 1;
                if step == killed_at {
                    std::process::abort();
                }
                Ok(())
            });
            written.unwrap();
            return;
        }
        for killed_at in 1..=14 {
            let (folder, files) = acme();
            let mut child = Command::new(env::current_exe().unwrap());
            let name = "request_files::tests::process_killed_at_any_step_leaves_no_half_file";
            child
                .args(["--exact", name])
                .env(STEP, killed_at.to_string());
            child.env(FOLDER, folder.path());
            child.stdout(Stdio::null()).stderr(Stdio::null());
            assert!(!child.status().unwrap().success());

            let whole = |path| fs::read_to_string(path).is_ok_and(|text| text.contains("-----END"));
            match names_in(&folder)
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()[..]
            {
                // Nothing, so the next run has the names free.
                [] => files.write(&KEY, Protection::Plain, &REQUEST).unwrap(),
                ["acme.key"] => assert!(whole(files.key_path()), "step {killed_at}"),
                ["acme.csr", "acme.key"] => {
                    assert!(whole(files.key_path()) && whole(files.request_path()));
                }
                ref other => panic!("step {killed_at}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_request_that_appears_meanwhile_is_neither_overwritten_nor_removed() {
        let (folder, files) = acme();
        let occupied = files.request_path();
        let result = rehearse(&files, |step, path| {
            if step == FileStep::Create && path == occupied {
                fs::write(path, "theirs")?;
            }
            Ok(())
        });
        assert!(matches!(result, Err(Error::AlreadyExists { path }) if path == occupied));
        assert_eq!(names_in(&folder), ["acme.csr"]);
        assert_eq!(fs::read_to_string(&occupied).unwrap(), "theirs");
    }

    #[test]
    fn file_that_does_not_read_back_is_removed_with_sibling() {
        for damaged in [RequestFiles::key_path, RequestFiles::request_path] {
            let (folder, files) = acme();
            let damaged_path = damaged(&files);
            let result = rehearse(&files, |step, path| {
                if step == FileStep::Read && path == damaged_path {
                    fs::write(path, b"\xff not what was written")?;
                }
                Ok(())
            });
            assert!(matches!(result, Err(Error::ReadBack { path }) if path == damaged_path));
            assert!(names_in(&folder).is_empty());
        }
    }

    #[test]
    fn both_are_synced_before_key_and_request_appear() {
        let (_folder, files) = acme();
        let mut order = Vec::new();
        rehearse(&files, |step, path| {
            order.push((
                step,
                path.extension().map(|e| e.to_string_lossy().into_owned()),
            ));
            Ok(())
        })
        .unwrap();
        let at = |step, extension: &str| {
            order
                .iter()
                .position(|s| *s == (step, Some(extension.to_owned())))
                .unwrap()
        };
        assert!(at(FileStep::Look, "csr") < at(FileStep::Create, "key"));
        assert!(at(FileStep::Sync, "key") < at(FileStep::Link, "key"));
        assert!(at(FileStep::Sync, "csr") < at(FileStep::Link, "key"));
        assert!(at(FileStep::Link, "key") < at(FileStep::Link, "csr"));
    }
}
