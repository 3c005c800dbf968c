//! Relays in front of a gateway's listeners, which count the connections of its callers.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncWrite, copy_bidirectional},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    task::JoinSet,
};

/// A relay to the TCP address of a gateway, and one to its unix socket. They end on drop.
#[derive(Debug)]
pub(super) struct Relays {
    accepted: Arc<AtomicUsize>,
    port: u16,
    _tasks: JoinSet<()>,
}

impl Relays {
    /// Starts both; `socket` is the path of the new unix socket.
    pub(super) async fn start(
        gateway: &str,
        gateway_socket: &Path,
        socket: &Path,
    ) -> anyhow::Result<Self> {
        let accepted = Arc::<AtomicUsize>::default();
        let mut tasks = JoinSet::new();
        let tcp = TcpListener::bind("127.0.0.1:0").await?;
        let port = tcp.local_addr()?.port();
        let (count, to) = (Arc::clone(&accepted), gateway.to_owned());
        tasks.spawn(async move {
            let mut relays = JoinSet::new();
            while let Ok((caller, _)) = tcp.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let to = to.clone();
                relays.spawn(async move {
                    if let Ok(gateway) = TcpStream::connect(to).await {
                        relay(caller, gateway).await;
                    }
                });
            }
        });
        let unix = UnixListener::bind(socket)?;
        let (count, to) = (Arc::clone(&accepted), gateway_socket.to_owned());
        tasks.spawn(async move {
            let mut relays = JoinSet::new();
            while let Ok((caller, _)) = unix.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let to = to.clone();
                relays.spawn(async move {
                    if let Ok(gateway) = UnixStream::connect(to).await {
                        relay(caller, gateway).await;
                    }
                });
            }
        });
        Ok(Self {
            accepted,
            port,
            _tasks: tasks,
        })
    }

    /// Returns the number of connections so far.
    pub(super) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Returns the URL of the relay to the TCP address.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Copies until both ends are done; how a connection ends is for its caller to judge.
async fn relay<S>(mut caller: S, mut gateway: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let _ = copy_bidirectional(&mut caller, &mut gateway).await;
}
