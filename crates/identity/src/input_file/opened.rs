//! Opening without ever waiting for a pipe without a writer, and reading within a limit.
//!
//! Leaves out systems other than Unix, where only regular files and standard input are known.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, IsTerminal, Read as _};
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::error::Error;
use crate::input::Input;
use crate::input_file::permissions;
use crate::path_kind::PathKind;

/// Something that can be read, and how.
pub(super) struct Opened {
    file: File,
    metadata: Metadata,
    /// The timeout of the first byte where there may be no writer at all.
    first_byte_timeout: Option<Duration>,
}

/// The bytes that were read, and the metadata of the file.
pub(super) struct Read {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// The permission bits of a regular file on Unix.
    pub(super) mode: Option<u32>,
    pub(super) is_changeable: bool,
}

/// Why an input was not read.
pub(super) enum Refused {
    Kind(PathKind),
    NoWriter,
    System(io::Error),
    TooLarge(u64),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl Refused {
    pub(super) fn into_error(self, path: &Path, input: Input) -> Error {
        let path = path.to_path_buf();
        match self {
            Self::Kind(kind) => Error::NotAFile { path, kind },
            Self::NoWriter => Error::PipeWithoutWriter { path },
            Self::System(source) => Error::Read { path, source },
            Self::TooLarge(limit) => Error::TooLarge { input, limit },
        }
    }
}

/// Opens a regular file and nothing else.
pub(super) fn file(path: &Path) -> Result<Opened, Refused> {
    // Before opening, which wakes up some devices; and after it, when it cannot be swapped any
    // more.
    regular(&fs::metadata(path)?)?;
    let file = without_waiting(path)?;
    let metadata = file.metadata()?;
    regular(&metadata)?;
    Ok(Opened {
        file,
        metadata,
        first_byte_timeout: None,
    })
}

/// Opens a regular file or a pipe.
pub(super) fn file_or_pipe(path: &Path) -> Result<Opened, Refused> {
    regular_or_pipe(&fs::metadata(path)?)?;
    let file = without_waiting(path)?;
    let metadata = file.metadata()?;
    regular_or_pipe(&metadata)?;
    Ok(Opened {
        first_byte_timeout: (!metadata.is_file()).then_some(FIRST_BYTE_TIMEOUT),
        file,
        metadata,
    })
}

fn regular(metadata: &Metadata) -> Result<(), Refused> {
    kind(metadata).map_or(Ok(()), |kind| Err(Refused::Kind(kind)))
}

fn regular_or_pipe(metadata: &Metadata) -> Result<(), Refused> {
    match kind(metadata) {
        None | Some(PathKind::Pipe) => Ok(()),
        Some(kind) => Err(Refused::Kind(kind)),
    }
}

/// Returns the kind of a path that is no regular file.
fn kind(metadata: &Metadata) -> Option<PathKind> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;

        let file_type = metadata.file_type();
        if file_type.is_fifo() {
            return Some(PathKind::Pipe);
        }
        if file_type.is_socket() {
            return Some(PathKind::Socket);
        }
    }
    match metadata {
        it if it.is_file() => None,
        it if it.is_dir() => Some(PathKind::Folder),
        _ => Some(PathKind::Device),
    }
}

/// Opens for reading; a named pipe at once, without a writer, for a regular file it is the same.
#[cfg(unix)]
fn without_waiting(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    // NONBLOCK for pipes without a writer; NOCTTY, or a terminal may become ours.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Takes standard input: whatever is there but a terminal, on which no prompt would be shown.
///
/// Past the buffer that std keeps for it, which is not wiped.
pub(super) fn standard_input() -> Result<Opened, Refused> {
    let file = duplicate_of_standard_input()?;
    // A person would see no prompt, and the program would seem to hang.
    if file.is_terminal() {
        return Err(Refused::Kind(PathKind::Terminal));
    }
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(Refused::Kind(PathKind::Folder));
    }
    if is_null(&metadata) {
        return Err(Refused::Kind(PathKind::ClosedInput));
    }
    Ok(Opened {
        file,
        metadata,
        first_byte_timeout: None,
    })
}

#[cfg(unix)]
fn duplicate_of_standard_input() -> io::Result<File> {
    use std::os::fd::AsFd;

    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn duplicate_of_standard_input() -> io::Result<File> {
    use std::os::windows::io::AsHandle;

    Ok(io::stdin().as_handle().try_clone_to_owned()?.into())
}

/// Returns whether it is `/dev/null`, which std opens in place of standard input that was closed.
#[cfg(unix)]
fn is_null(metadata: &Metadata) -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    let is_same = |null: Metadata| null.rdev() == metadata.rdev();
    metadata.file_type().is_char_device() && fs::metadata("/dev/null").is_ok_and(is_same)
}

#[cfg(not(unix))]
fn is_null(_metadata: &Metadata) -> bool {
    false
}

impl Opened {
    /// Reads all of it.
    pub(super) fn read(mut self, limit: u64) -> Result<Read, Refused> {
        let most = usize::try_from(limit)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        // One byte more than there is, to see the end without a bigger buffer.
        let length = usize::try_from(self.metadata.len()).unwrap_or(usize::MAX);
        let room = length.saturating_add(1).max(FIRST_ROOM).min(most);
        let mut bytes = Zeroizing::new(vec![0; room]);
        let mut filled = 0;
        loop {
            if filled == bytes.len() {
                if filled == most {
                    return Err(Refused::TooLarge(limit));
                }
                bytes = grown(&bytes, most);
            }
            match self.read_some(bytes.get_mut(filled..).unwrap_or_default())? {
                0 => break,
                read => filled += read,
            }
        }
        bytes.truncate(filled);
        Ok(Read {
            bytes,
            mode: permissions::mode(&self.metadata),
            is_changeable: permissions::is_changeable(&self.file, &self.metadata),
        })
    }

    /// Reads at least one byte unless it is at its end; of a pipe, waits for its writer.
    fn read_some(&mut self, room: &mut [u8]) -> Result<usize, Refused> {
        loop {
            let is_ready = match self.first_byte_timeout {
                Some(first_byte_timeout) => wait(&self.file, Some(first_byte_timeout))?,
                None => true,
            };
            match self.file.read(room) {
                // It has no writer, and had none.
                Ok(0) if !is_ready => return Err(Refused::NoWriter),
                Ok(read) => {
                    self.first_byte_timeout = None;
                    return Ok(read);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && !self.metadata.is_file() => {
                    // There is a writer: however long it takes.
                    self.first_byte_timeout = None;
                    wait(&self.file, None)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Returns a bigger copy; the smaller one is wiped when it is dropped. A `Vec` that grows by
/// itself leaves the smaller one behind as it is.
fn grown(bytes: &[u8], most: usize) -> Zeroizing<Vec<u8>> {
    let mut bigger = Zeroizing::new(vec![0; bytes.len().saturating_mul(2).min(most)]);
    if let Some(start) = bigger.get_mut(..bytes.len()) {
        start.copy_from_slice(bytes);
    }
    bigger
}

/// Waits until there is something to read, or the writer has gone; `false` after the timeout.
#[cfg(unix)]
fn wait(file: &File, timeout: Option<Duration>) -> io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    let mut events = [PollFd::new(file, PollFlags::IN)];
    match poll(&mut events, timeout.as_ref()) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Returns at once: reading waits by itself on other systems.
#[cfg(not(unix))]
fn wait(_file: &File, _timeout: Option<Duration>) -> io::Result<bool> {
    Ok(true)
}

/// The time for which a named pipe may be without a writer: the shells that make one for
/// `<(command)` start the command at the same time.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(2);
/// Bytes, where the length is not known.
const FIRST_ROOM: usize = 8 * 1024;

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::path::PathBuf;
    use std::process::Command;
    use std::thread;

    use tempfile::TempDir;

    use super::*;

    fn pipe() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        // Of POSIX, so it is on every Unix.
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        (folder, pipe)
    }

    /// Reads a pipe without waiting for a writer.
    fn read_at_once(path: &Path, limit: u64) -> Result<Vec<u8>, Refused> {
        let mut opened = file_or_pipe(path)?;
        opened.first_byte_timeout = Some(Duration::ZERO);
        opened.read(limit).map(|read| read.bytes.to_vec())
    }

    #[test]
    fn pipe_in_place_of_file_is_not_opened() {
        let (_folder, pipe) = pipe();
        assert!(matches!(file(&pipe), Err(Refused::Kind(PathKind::Pipe))));
        // Nor waited for if it is put there after the first look.
        assert!(
            !without_waiting(&pipe)
                .unwrap()
                .metadata()
                .unwrap()
                .is_file()
        );
    }

    #[test]
    fn a_pipe_without_a_writer_is_refused() {
        let (_folder, pipe) = pipe();
        let read = read_at_once(&pipe, 10);
        assert!(matches!(read, Err(Refused::NoWriter)));
    }

    #[test]
    fn a_silent_writer_is_waited_for() {
        let (_folder, pipe) = pipe();
        // Opened for both, or opening would wait for a reader.
        let open = OpenOptions::new().read(true).write(true).open(&pipe);
        let mut writer = open.unwrap();
        let reader = thread::spawn(move || read_at_once(&pipe, 1 << 20));
        let text = vec![b'x'; 100_000]; // more than a pipe holds
        writer.write_all(&text).unwrap();
        drop(writer);
        assert!(reader.join().unwrap().is_ok_and(|read| read == text));
    }

    #[test]
    fn an_endless_pipe_is_read_up_to_the_limit() {
        let (_folder, pipe) = pipe();
        let open = OpenOptions::new().read(true).write(true).open(&pipe);
        let mut writer = open.unwrap();
        writer.write_all(&[0; 100]).unwrap();
        assert!(matches!(
            read_at_once(&pipe, 99),
            Err(Refused::TooLarge(99))
        ));
        writer.write_all(&[0; 100]).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_states_no_length_is_read_whole() {
        let file = file(Path::new("/proc/self/maps"));
        let file = file.unwrap_or_else(|_| panic!("every process has it"));
        assert_eq!(file.metadata.len(), 0);
        assert!(file.read(1 << 20).is_ok_and(|read| read.bytes.len() > 1000));
    }
}
