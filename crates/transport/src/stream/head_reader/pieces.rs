//! A response in pieces, for tests and for the fuzz target.

use std::{
    collections::VecDeque,
    io,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, ready},
};

use hyper::rt::ReadBuf;
use hyper_util::rt::TokioIo;
use tokio::io::{self as tokio_io, AsyncBufRead, AsyncRead};

use crate::stream::head_limits::HeadLimits;
use crate::stream::head_reader::HeadReader;
use crate::stream::state::ConnectionState;

/// Returns the bytes that hyper gets of a response in pieces of this size; `None` if the head is
/// refused.
#[cfg(fuzzing)]
pub fn passed_on(response: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut reader = due_within(HeadLimits::default());
    read(&mut reader, &mut Pieces::of(response, size), 4096).ok()
}

/// A stream that returns these bytes, one piece a read, and then its end.
pub(crate) struct Pieces(VecDeque<Vec<u8>>);

impl Pieces {
    pub(crate) fn of(bytes: &[u8], size: usize) -> Self {
        Self(bytes.chunks(size.max(1)).map(<[u8]>::to_vec).collect())
    }
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut tokio_io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let piece = ready!(self.as_mut().poll_fill_buf(cx))?;
        let taken = piece.len().min(buf.remaining());
        buf.put_slice(piece.get(..taken).unwrap_or_default());
        self.consume(taken);
        Poll::Ready(Ok(()))
    }
}

impl AsyncBufRead for Pieces {
    fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let piece = self.get_mut().0.front();
        Poll::Ready(Ok(piece.map_or(&[], Vec::as_slice)))
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        if let Some(piece) = self.0.front_mut() {
            piece.drain(..amount);
            if piece.is_empty() {
                self.0.pop_front();
            }
        }
    }
}

/// Reads all that hyper gets, in reads of this size.
pub(crate) fn read(
    reader: &mut HeadReader,
    stream: &mut Pieces,
    room: usize,
) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let bytes = read_once(reader, stream, room)?;
        if bytes.is_empty() {
            return Ok(all);
        }
        all.extend_from_slice(&bytes);
    }
}

/// Returns what hyper gets in one read of this size.
pub(crate) fn read_once(
    reader: &mut HeadReader,
    stream: &mut Pieces,
    room: usize,
) -> io::Result<Vec<u8>> {
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let mut bytes = vec![MaybeUninit::uninit(); room];
    let mut buf = ReadBuf::uninit(&mut bytes);
    match reader.poll_read(&mut cx, &mut TokioIo::new(stream), buf.unfilled()) {
        Poll::Ready(read) => read?,
        Poll::Pending => return Err(io::ErrorKind::WouldBlock.into()), // never: the stream is always ready
    }
    Ok(buf.filled().to_vec())
}

pub(crate) fn due_within(limits: HeadLimits) -> HeadReader {
    let state = ConnectionState::default();
    state.note_request();
    HeadReader::new(limits, None, state)
}
