//! A new file that appears whole or not at all, for its owner alone, and never in place of another.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use zeroize::Zeroizing;

/// Writes a file of mode 0600 that must not exist, flushes it to disk and reads it back.
///
/// On Linux it has no name until it is whole, so that not even a kill leaves a part of it, or the whole under a name that
/// nobody knows. Where a system or a file system cannot do that, it is written where it belongs, and removed if that
/// fails.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    match create_unnamed(path, content) {
        Err(error) if is_unsupported(&error) => create_named(path, content),
        result => result,
    }
}

#[cfg(target_os = "linux")]
fn create_unnamed(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};

    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = open(folder(path), flags, Mode::RUSR | Mode::WUSR)?;
    let mut file = File::from(file);
    fill(&mut file, content)?;
    // The way of open(2) to name it, which takes no privilege and replaces nothing.
    let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
    match linkat(CWD, unnamed, CWD, path, AtFlags::SYMLINK_FOLLOW) {
        Ok(()) => flush_folder(path),
        Err(rustix::io::Errno::NOENT) => Err(io::ErrorKind::Unsupported.into()), // no /proc
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn create_unnamed(_: &Path, _: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether a file without a name is what cannot be had.
fn is_unsupported(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, IsADirectory, Unsupported};
    // The last two are what open(2) says of file systems that do not know the flag.
    matches!(error.kind(), Unsupported | IsADirectory | InvalidInput)
}

fn create_named(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let filled = fill(&mut file, content);
    if filled.is_err() {
        let _ = fs::remove_file(path); // this call has made it
    }
    filled.and_then(|()| flush_folder(path))
}

fn fill(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.write_all(content)?;
    file.sync_all()?;
    file.rewind()?;
    let mut read = Zeroizing::new(Vec::with_capacity(content.len() + 32)); // it never grows
    file.read_to_end(&mut read)?;
    match *read == content {
        true => Ok(()),
        false => Err(io::Error::other("the file does not hold what was written")),
    }
}

/// Makes the name as lasting as the file.
fn flush_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder(path))?.sync_all()?;
    }
    Ok(())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn both_ways_create_the_file_for_its_owner_alone() {
        type Create = fn(&Path, &[u8]) -> io::Result<()>;
        for create in [create as Create, create_named] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("new.key");
            create(&path, b"first").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"first");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let mode = fs::metadata(&path).unwrap().permissions().mode();
                assert_eq!(mode & 0o7777, 0o600);
            }

            let again = create(&path, b"second").unwrap_err();
            assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&path).unwrap(), b"first");
            assert_eq!(names(folder.path()), ["new.key"]);
        }
    }

    #[test]
    fn missing_folder_is_the_systems_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = create(&folder.path().join("none/new.key"), b"x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
