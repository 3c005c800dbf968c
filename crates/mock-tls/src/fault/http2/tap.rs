//! A stream on which one can write between the frames of the HTTP/2 library, and see whether it has
//! written all that it had.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The stream as the library sees it. It flushes between two frames only.
pub(crate) struct Tap<S> {
    stream: S,
    side: Arc<Side>,
}

/// The other hand on the stream.
#[derive(Debug, Default)]
pub(crate) struct Side {
    frames: Mutex<VecDeque<u8>>,
    is_behind: AtomicBool,
}

impl<S> Tap<S> {
    pub(crate) fn new(stream: S) -> (Self, Arc<Side>) {
        let side = Arc::<Side>::default();
        let tap = Self {
            stream,
            side: Arc::clone(&side),
        };
        (tap, side)
    }
}

impl Side {
    /// Queues these frames behind those that the library has begun; they are sent when it is
    /// polled.
    pub(crate) fn send(&self, frames: &[u8]) {
        self.frames().extend(frames);
    }

    /// Returns whether something that was to be written is not yet with the system.
    pub(crate) fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::Acquire) || !self.frames().is_empty()
    }

    fn frames(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // Until the next flush: h2 writes first, and flushes when it has no more.
        self.side.is_behind.store(true, Ordering::Release);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let side = Arc::clone(&self.side);
        let mut frames = side.frames();
        // Here and nowhere else, as h2 flushes between two frames and never within one.
        while !frames.is_empty() {
            let (bytes, _) = frames.as_slices();
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            frames.drain(..written);
        }
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        side.is_behind.store(false, Ordering::Release);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn frames_from_the_side_come_where_the_library_flushes() {
        let (near, mut far) = tokio::io::duplex(64);
        let (mut tap, side) = Tap::new(near);
        tap.write_all(b"half ").await.unwrap();
        side.send(b"between ");
        tap.write_all(b"a frame, ").await.unwrap();
        assert!(side.is_behind());
        tap.flush().await.unwrap();
        assert!(!side.is_behind());
        tap.write_all(b"after").await.unwrap();
        assert!(side.is_behind());
        drop(tap);
        let mut heard = String::new();
        far.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "half a frame, between after");
    }
}
