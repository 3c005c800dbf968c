//! A log of the secrets of TLS connections, for decrypting captured traffic.
//!
//! The format is the one that Wireshark reads, known as `SSLKEYLOGFILE`. The environment variable
//! of that name is never read here.

use std::{
    fmt::{self, Write as _},
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::KeyLog;
use zeroize::Zeroizing;

/// The receiver of the lines.
#[derive(Clone)]
pub(crate) struct KeyLogSink(Arc<dyn Fn(&str) + Send + Sync>);

impl KeyLogSink {
    pub(crate) fn new(sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(sink))
    }

    /// Appends to a file, which is created readable by its owner only.
    pub(crate) fn file(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = Mutex::new(options.open(path)?);
        Ok(Self::new(move |line| {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = append(&mut file, line) {
                tracing::warn!(%error, "cannot write to the key log");
            }
        }))
    }
}

/// Appends a line in one write: other processes may append to the same file.
fn append(file: &mut File, line: &str) -> io::Result<()> {
    let line = Zeroizing::new([line, "\n"].concat());
    file.write_all(line.as_bytes())
}

impl KeyLog for KeyLogSink {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        // The capacity is exact: a string that grows leaves copies of the secret behind.
        let length = label.len() + 2 * (client_random.len() + secret.len()) + 2;
        let mut line = Zeroizing::new(String::with_capacity(length));
        line.push_str(label);
        for bytes in [client_random, secret] {
            line.push(' ');
            for byte in bytes {
                let _ = write!(*line, "{byte:02x}"); // writing to a string cannot fail
            }
        }
        (self.0)(&line);
    }
}

impl fmt::Debug for KeyLogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLogSink").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_a_label_and_two_hexadecimal_numbers() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = KeyLogSink::new({
            let lines = Arc::clone(&lines);
            move |line| lines.lock().unwrap().push(line.to_owned())
        });

        sink.log("CLIENT_RANDOM", &[0, 0x0A, 0xFF], &[1, 2]);
        sink.log("EXPORTER_SECRET", &[], &[]);

        assert_eq!(
            *lines.lock().unwrap(),
            ["CLIENT_RANDOM 000aff 0102", "EXPORTER_SECRET  "]
        );
    }

    #[test]
    fn file_is_appended_to_and_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        for _ in 0..2 {
            KeyLogSink::file(&path).unwrap().log("LABEL", &[1], &[2]);
        }
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written, "LABEL 01 02\nLABEL 01 02\n");
        #[cfg(unix)]
        {
            let permissions = std::fs::metadata(&path).unwrap().permissions();
            let mode = std::os::unix::fs::PermissionsExt::mode(&permissions);
            assert_eq!(mode & 0o777, 0o600);
        }
        let missing = folder.path().join("no such folder").join("keys");
        assert!(KeyLogSink::file(&missing).is_err());
    }
}
