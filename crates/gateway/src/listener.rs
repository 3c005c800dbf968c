//! A socket that accepts callers: TCP, or a unix socket.

#[cfg(unix)]
mod unix_socket;

use std::{io, net::TcpListener as StdTcpListener};

use tokio::net::{TcpListener, TcpStream};
use transport::TlsAcceptor;

use crate::error::Error;
use crate::listen_address::ListenAddress;
#[cfg(unix)]
use crate::listener::unix_socket::UnixSocket;
use crate::peer::Origin;

/// A socket that listens.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    address: ListenAddress,
    tls: Option<TlsAcceptor>,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixSocket),
}

/// The stream of one caller.
#[cfg(unix)]
pub(crate) type Stream = tokio_util::either::Either<TcpStream, tokio::net::UnixStream>;
#[cfg(not(unix))]
pub(crate) type Stream = TcpStream;

/// Makes the end of a connection a reset. A unix socket has none.
pub(crate) fn reset(stream: &Stream) {
    #[cfg(unix)]
    let Stream::Left(stream) = stream else {
        return;
    };
    let _unimportant = stream.set_zero_linger();
}

/// Returns the stream as that of a TCP connection, if it is one.
#[cfg(unix)]
pub(crate) fn into_tcp(stream: Stream) -> Result<TcpStream, Stream> {
    match stream {
        Stream::Left(stream) => Ok(stream),
        other => Err(other),
    }
}
#[cfg(not(unix))]
pub(crate) fn into_tcp(stream: Stream) -> Result<TcpStream, Stream> {
    Ok(stream)
}

/// Returns a TCP connection as the stream of a caller.
#[cfg(unix)]
pub(crate) fn of_tcp(stream: TcpStream) -> Stream {
    Stream::Left(stream)
}
#[cfg(not(unix))]
pub(crate) fn of_tcp(stream: TcpStream) -> Stream {
    stream
}

impl Listener {
    /// Listens on an address, from a task of a tokio runtime.
    ///
    /// A unix socket has the mode 0600 from the moment at which it is seen, and is removed when the
    /// listener is dropped; one that a program left behind is replaced.
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] with the system's reason; [`Error::InUse`] if another program listens on the
    /// path of a unix socket, or if something else is there.
    pub fn bind(address: &ListenAddress) -> Result<Self, Error> {
        match address {
            ListenAddress::Tcp(tcp) => {
                let listener = StdTcpListener::bind(tcp);
                let listener = listener.and_then(Self::from_tcp);
                listener.map_err(|source| Error::Bind {
                    address: address.clone(),
                    source,
                })
            }
            #[cfg(unix)]
            ListenAddress::Unix(path) => Ok(Self {
                socket: Socket::Unix(UnixSocket::bind(path)?),
                address: address.clone(),
                tls: None,
            }),
            #[cfg(not(unix))]
            ListenAddress::Unix(_) => Err(Error::Bind {
                address: address.clone(),
                source: io::ErrorKind::Unsupported.into(),
            }),
        }
    }

    /// Takes over a socket that listens already, such as one of systemd, from a task of a tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// The system's, if it is no such socket.
    pub fn from_tcp(listener: StdTcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let address = ListenAddress::Tcp(listener.local_addr()?);
        let listener = TcpListener::from_std(listener)?;
        Ok(Self {
            socket: Socket::Tcp(listener),
            address,
            tls: None,
        })
    }

    /// Takes over a unix socket that listens already, such as one of systemd, from a task of a
    /// tokio runtime. Its file stays when the listener is dropped; its mode is not checked, and
    /// decides who can connect.
    ///
    /// # Errors
    ///
    /// The system's, if it is no such socket.
    #[cfg(unix)]
    pub fn from_unix(listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        let path = listener.local_addr()?.as_pathname().map(ToOwned::to_owned);
        let address = ListenAddress::Unix(path.unwrap_or_default());
        Ok(Self {
            socket: Socket::Unix(UnixSocket::from_std(listener)?),
            address,
            tls: None,
        })
    }

    /// Speaks TLS with callers of a TCP address; those of a unix socket need none, and get none.
    #[must_use]
    pub fn tls(self, acceptor: TlsAcceptor) -> Self {
        let tls = matches!(self.address, ListenAddress::Tcp(_)).then_some(acceptor);
        Self { tls, ..self }
    }

    /// Returns the TLS settings, if TLS is spoken.
    pub(crate) fn acceptor(&self) -> Option<&TlsAcceptor> {
        self.tls.as_ref()
    }

    /// Returns the address, with the port that was taken.
    #[must_use]
    pub fn address(&self) -> &ListenAddress {
        &self.address
    }

    /// Checks whether other machines may reach the address.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.address.is_public()
    }

    /// Accepts one caller.
    pub(crate) async fn accept(&self) -> io::Result<(Stream, Origin)> {
        match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // Without it, small responses may wait for an acknowledgement.
                let _unimportant = stream.set_nodelay(true);
                Ok((of_tcp(stream), Origin::of_address(address.ip())))
            }
            #[cfg(unix)]
            Socket::Unix(socket) => {
                let stream = socket.accept().await?;
                let user = stream.peer_cred().map(|peer| Origin::User(peer.uid()));
                Ok((Stream::Right(stream), user.unwrap_or(Origin::Unknown)))
            }
        }
    }
}
