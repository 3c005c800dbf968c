//! A port, of the loopback interface unless told otherwise, and its accept loop, which owns the
//! tasks of its connections, so that ending the loop ends them.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::Error;

/// A bound port.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds a port of `127.0.0.1`; 0 takes any free one.
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] if it is taken, or not allowed.
    pub async fn bind(port: u16) -> Result<Self, Error> {
        Self::bind_to(Ipv4Addr::LOCALHOST.into(), port).await
    }

    /// Binds a port of an address of this machine; 0 takes any free one.
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] if it is taken or not allowed, or the address is none of this machine's.
    pub async fn bind_to(address: IpAddr, port: u16) -> Result<Self, Error> {
        let bound = async {
            let listener = TcpListener::bind((address, port)).await?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address })
        };
        bound.await.map_err(|source| Error::Bind {
            address,
            port,
            source,
        })
    }

    /// Returns the address, with the number of the port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts connections and spawns what `serve` makes of each, until `stop`'s sender is gone.
    ///
    /// `serve` itself is called in the order in which connections are accepted.
    pub async fn serve<F>(
        self,
        mut stop: watch::Receiver<()>,
        mut serve: impl FnMut(TcpStream, SocketAddr) -> F,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        let _handle = connections.spawn(serve(stream, peer));
                    }
                    // As a rule no descriptor is free, which passes when a connection ends.
                    Err(_) => {
                        if connections.join_next().await.is_none() {
                            break;
                        }
                    }
                },
                Some(_ended) = connections.join_next() => {}
                _gone = stop.changed() => break,
            }
        }
        // Aborts the tasks and waits for them, so that every socket is closed when this returns.
        connections.shutdown().await;
    }
}
