//! Permissions of a file, and whether this process may change them.
//!
//! On Unix; elsewhere nothing is known. Leaves out what to say of it.

use std::fs::{File, Metadata};

/// Returns the permission bits of a regular file.
#[cfg(unix)]
pub(super) fn mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;

    let mode = metadata.permissions().mode() & 0o7777;
    metadata.is_file().then_some(mode)
}

/// Returns `None`: there are no permission bits on this system.
#[cfg(not(unix))]
pub(super) fn mode(_metadata: &Metadata) -> Option<u32> {
    None
}

/// Returns whether this process may change the permission bits.
#[cfg(unix)]
pub(super) fn is_changeable(file: &File, metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    use rustix::fs::StatVfsMountFlags;

    let user = rustix::process::geteuid();
    let is_read_only = rustix::fs::fstatvfs(file)
        .is_ok_and(|volume| volume.f_flag.contains(StatVfsMountFlags::RDONLY));
    (user.is_root() || user.as_raw() == metadata.uid()) && !is_read_only
}

#[cfg(not(unix))]
pub(super) fn is_changeable(_file: &File, _metadata: &Metadata) -> bool {
    true
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;

    fn may_change(path: &Path) -> bool {
        let file = File::open(path).unwrap();
        let metadata = file.metadata().unwrap();
        is_changeable(&file, &metadata)
    }

    #[test]
    fn only_the_owner_or_root_may_change_the_mode() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        fs::write(&own, "own").unwrap();
        fs::set_permissions(&own, Permissions::from_mode(0o440)).unwrap();
        assert!(may_change(&own));
        // Root's on every Unix, and for everybody to read.
        let is_root = rustix::process::geteuid().is_root();
        assert_eq!(may_change(Path::new("/etc/passwd")), is_root);
    }
}
