//! A connector over a pipe in memory: no DNS, no network, so that a paused clock runs as if alone.

use std::{
    future::{Ready, ready},
    io,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use tokio::io::DuplexStream;
use tower::Service;

/// Connects once, and then no more.
#[derive(Clone)]
pub(crate) struct Pipe(Arc<Mutex<Option<PipeEnd>>>);

impl Pipe {
    pub(crate) fn new(end: DuplexStream) -> Self {
        Self(Arc::new(Mutex::new(Some(PipeEnd::new(end)))))
    }
}

impl Service<Uri> for Pipe {
    type Response = PipeEnd;
    type Error = io::Error;
    type Future = Ready<io::Result<PipeEnd>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let end = self.0.lock().unwrap().take();
        ready(end.ok_or_else(|| io::ErrorKind::ConnectionRefused.into()))
    }
}

pub(crate) struct PipeEnd {
    io: TokioIo<DuplexStream>,
    _counted: Option<Counted>,
}

impl PipeEnd {
    pub(crate) fn new(end: DuplexStream) -> Self {
        Self {
            io: TokioIo::new(end),
            _counted: None,
        }
    }
}

/// Connects as often as it is asked to, each time to a server of its own, and counts what is open.
#[derive(Clone)]
pub(crate) struct Pipes {
    serve: Arc<dyn Fn(DuplexStream) + Send + Sync>,
    opened: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

impl Pipes {
    /// Makes a connector that gives the far end of each pipe to `serve`, which spawns.
    pub(crate) fn new(serve: impl Fn(DuplexStream) + Send + Sync + 'static) -> Self {
        Self {
            serve: Arc::new(serve),
            opened: Arc::default(),
            open: Arc::default(),
        }
    }

    pub(crate) fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    /// Returns the number of those whose near end has not been dropped.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

impl Service<Uri> for Pipes {
    type Response = PipeEnd;
    type Error = io::Error;
    type Future = Ready<io::Result<PipeEnd>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (near, far) = tokio::io::duplex(64 * 1024);
        (self.serve)(far);
        self.opened.fetch_add(1, Ordering::SeqCst);
        ready(Ok(PipeEnd {
            io: TokioIo::new(near),
            _counted: Some(Counted::new(&self.open)),
        }))
    }
}

/// Counts itself while it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Connection for PipeEnd {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for PipeEnd {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl Write for PipeEnd {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
