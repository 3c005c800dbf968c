//! A response in pieces, for tests and for the fuzz target.

use std::{
    collections::VecDeque,
    io,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll},
};

use hyper::rt::{Read, ReadBuf, ReadBufCursor};

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

impl Read for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(mut piece) = self.0.pop_front() {
            let rest = piece.split_off(piece.len().min(buf.remaining()));
            buf.put_slice(&piece);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Reads all that hyper gets, in reads of this size.
pub(crate) fn read(
    reader: &mut HeadReader,
    stream: &mut Pieces,
    room: usize,
) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut cx = Context::from_waker(std::task::Waker::noop());
    loop {
        let mut bytes = vec![MaybeUninit::uninit(); room];
        let mut buf = ReadBuf::uninit(&mut bytes);
        match reader.poll_read(&mut cx, Pin::new(stream), buf.unfilled()) {
            Poll::Ready(read) => read?,
            Poll::Pending => return Err(io::ErrorKind::WouldBlock.into()), // never: the stream is always ready
        }
        if buf.filled().is_empty() {
            return Ok(all);
        }
        all.extend_from_slice(buf.filled());
    }
}

pub(crate) fn due_within(limits: HeadLimits) -> HeadReader {
    let state = ConnectionState::default();
    state.note_request();
    HeadReader::new(limits, None, state)
}
