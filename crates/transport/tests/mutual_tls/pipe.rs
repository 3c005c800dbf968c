//! A connector over a pipe in memory: no DNS, no network, so that a paused clock runs as if alone.

use std::{
    future::{Ready, ready},
    io,
    pin::Pin,
    sync::{Arc, Mutex},
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

pub(crate) struct PipeEnd(TokioIo<DuplexStream>);

impl PipeEnd {
    pub(crate) fn new(end: DuplexStream) -> Self {
        Self(TokioIo::new(end))
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
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for PipeEnd {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
