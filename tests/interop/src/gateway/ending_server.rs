//! A server in the gateway's place that ends a connection when it has read a POST.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinSet};

/// A server of plain HTTP/1.1 that says hello, and goes away in each POST, as a gateway that is
/// killed does. It ends on drop.
#[derive(Debug)]
pub(super) struct EndingServer {
    posts: Arc<AtomicUsize>,
    port: u16,
    _tasks: JoinSet<()>,
}

impl EndingServer {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let posts = Arc::<AtomicUsize>::default();
        let mut tasks = JoinSet::new();
        let count = Arc::clone(&posts);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let count = Arc::clone(&count);
                let service = service_fn(move |request| respond(request, Arc::clone(&count)));
                connections.spawn(async move {
                    // An error is the end that was meant.
                    let server = http1::Builder::new();
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Ok(Self {
            posts,
            port,
            _tasks: tasks,
        })
    }

    /// Returns the number of POSTs that have arrived whole.
    pub(super) fn posts(&self) -> usize {
        self.posts.load(Ordering::Relaxed)
    }

    /// Returns its URL.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

async fn respond(
    request: Request<Incoming>,
    posts: Arc<AtomicUsize>,
) -> io::Result<Response<Full<&'static [u8]>>> {
    if request.method() == Method::POST {
        request.collect().await.map_err(io::Error::other)?;
        posts.fetch_add(1, Ordering::Relaxed);
        // hyper ends the connection without a byte of a response.
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    Ok(Response::new(Full::new(b"\"Hello acme-api\"")))
}
