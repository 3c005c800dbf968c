//! A unix socket that no one but its user can connect to.
//!
//! A socket is made with the permissions of the process's umask, which cannot be changed for one
//! thread alone. So it is bound in a folder of mode 0700, gets the mode 0600 there, and is renamed
//! to its path.

use std::{
    fs::{self, Metadata, Permissions},
    io,
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt},
        net::{UnixListener as StdUnixListener, UnixStream as StdUnixStream},
    },
    path::{Path, PathBuf},
};

use tokio::net::{UnixListener, UnixStream};

use crate::error::Error;
use crate::listen_address::ListenAddress;

/// A unix socket; its file is removed on drop if it was made here.
#[derive(Debug)]
pub(crate) struct UnixSocket {
    listener: UnixListener,
    _file: Option<SocketFile>,
}

/// The file of a socket: its path, and what tells it from one that another program put there.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl UnixSocket {
    pub(crate) fn bind(path: &Path) -> Result<Self, Error> {
        let address = || ListenAddress::Unix(path.to_owned());
        match is_free(path) {
            Ok(true) => {}
            Ok(false) => return Err(Error::InUse { address: address() }),
            Err(source) => {
                return Err(Error::Bind {
                    address: address(),
                    source,
                });
            }
        }
        Self::bind_privately(path).map_err(|source| Error::Bind {
            address: address(),
            source,
        })
    }

    fn bind_privately(path: &Path) -> io::Result<Self> {
        let parent = path.parent().unwrap_or_else(|| Path::new("/"));
        let folder = tempfile::Builder::new()
            .prefix(".")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        // A short name, since the path of a socket may have about a hundred bytes.
        let hidden = folder.path().join("s");
        let listener = StdUnixListener::bind(&hidden)?;
        fs::set_permissions(&hidden, Permissions::from_mode(0o600))?;
        let metadata = fs::symlink_metadata(&hidden)?;
        fs::rename(&hidden, path)?;
        Ok(Self {
            _file: Some(SocketFile::new(path, &metadata)),
            ..Self::from_std(listener)?
        })
    }

    pub(crate) fn from_std(listener: StdUnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener: UnixListener::from_std(listener)?,
            _file: None,
        })
    }

    pub(crate) async fn accept(&self) -> io::Result<UnixStream> {
        Ok(self.listener.accept().await?.0)
    }
}

/// Checks whether nothing is at the path but a socket on which no one listens.
fn is_free(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
        Ok(metadata) if !metadata.file_type().is_socket() => Ok(false),
        Ok(_) => match StdUnixStream::connect(path) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(true),
            Err(error) => Err(error),
            Ok(_) => Ok(false),
        },
    }
}

impl SocketFile {
    fn new(path: &Path, metadata: &Metadata) -> Self {
        Self {
            path: path.to_owned(),
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }

    fn is_still_there(&self) -> bool {
        fs::symlink_metadata(&self.path)
            .is_ok_and(|found| found.dev() == self.device && found.ino() == self.inode)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.is_still_there() {
            let _may_be_gone = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn socket_is_its_users_alone_and_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("napi.sock");
        let socket = UnixSocket::bind(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        let names = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 1, "the folder it was bound in is left");
        let second = UnixSocket::bind(&path).unwrap_err();
        assert!(matches!(second, Error::InUse { .. }), "{second:?}");
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn stale_socket_is_replaced_and_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("napi.sock");
        drop(StdUnixListener::bind(&path).unwrap());
        let socket = UnixSocket::bind(&path).unwrap();
        // Another program's, in its place: it stays.
        fs::remove_file(&path).unwrap();
        fs::write(&path, "text").unwrap();
        drop(socket);
        assert!(path.exists());
        let refused = UnixSocket::bind(&path).unwrap_err();
        assert!(matches!(refused, Error::InUse { .. }), "{refused:?}");
    }
}
