//! The names of files, made durable.

use std::fs::File;
use std::io;
use std::path::Path;

/// Makes the name of a new or renamed file durable: without this, a lost power may take the file,
/// or bring back the old one.
pub(crate) fn sync_around(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(()); // a folder cannot be opened as a file there
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or_else(|| Path::new(".")))?;
    folder.sync_all()
}
