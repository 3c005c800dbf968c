//! The heads of HTTP/1.1 responses, parsed before hyper parses them.
//!
//! hyper either takes a head exactly as RFC 9112 defines it, or silently drops every line that it
//! cannot parse, including those that determine where the response ends. Servers send heads in
//! between, which curl reads, so the bytes of a head are buffered until it is complete and passed
//! on in a form that hyper accepts. Leaves out the changes to a head: see [`normalise`].

mod field;
mod normalise;
pub(crate) mod packed;
#[cfg(any(test, fuzzing))]
pub(crate) mod pieces;
mod plain;
mod unreadable;

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBufCursor};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncBufRead;

use crate::connection::info::ConnectionInfo;
use crate::error::Error;
use crate::error::head_problem::HeadProblem;
use crate::stream::head_limits::HeadLimits;
use crate::stream::head_reader::normalise::normalise;
use crate::stream::head_reader::plain::is_plain;
use crate::stream::head_reader::unreadable::UnreadableHead;
use crate::stream::state::ConnectionState;

/// A filter between a stream and hyper. It buffers an incomplete head, and bytes to be delivered.
pub(crate) struct HeadReader {
    limits: HeadLimits,
    /// The connection, for errors.
    connection: Option<ConnectionInfo>,
    /// Reports when a request is sent.
    state: ConnectionState,
    /// A request was sent, and the head of its response has not come.
    is_due: bool,
    /// Bytes of an incomplete head.
    unread: Vec<u8>,
    /// The length of the part of `unread` that contains no end of a head.
    searched: usize,
    /// The length of the interim heads since the request: a server may send them without end.
    interim: usize,
    ready: Vec<u8>,
    delivered: usize,
}

impl HeadReader {
    pub(crate) fn new(
        limits: HeadLimits,
        connection: Option<ConnectionInfo>,
        state: ConnectionState,
    ) -> Self {
        Self {
            limits,
            connection,
            state,
            is_due: false,
            unread: Vec::new(),
            searched: 0,
            interim: 0,
            ready: Vec::new(),
            delivered: 0,
        }
    }

    /// Checks whether there are bytes to be delivered.
    pub(crate) fn has_bytes(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Reads from the inner stream.
    #[inline]
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        inner: &mut TokioIo<impl AsyncBufRead + Unpin>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        // No request is sent before the response to the last one has been read completely, so
        // nothing between two heads has to be parsed.
        self.is_due |= self.state.take_request();
        match self.is_due || self.has_bytes() {
            true => self.poll_head(cx, inner, buf),
            false => Pin::new(inner).poll_read(cx, buf),
        }
    }

    /// Reads the head of a response, or delivers the rest of one.
    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        inner: &mut TokioIo<impl AsyncBufRead + Unpin>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.delivered < self.ready.len() {
                self.deliver(&mut buf);
                return Poll::Ready(Ok(()));
            }
            if !self.is_due {
                return Pin::new(inner).poll_read(cx, buf);
            }
            let bytes = ready!(Pin::new(inner.inner_mut()).poll_fill_buf(cx))?;
            if bytes.is_empty() {
                // hyper reports what a premature end means.
                self.pass_on(Vec::new(), 0);
                continue;
            }
            if self.unread.is_empty() && is_plain(bytes, self.limits) {
                // Read from the stream and not from here: hyper sizes its buffer by how much a read
                // returns, and a first read of less has the whole body come in small pieces.
                self.is_due = false;
                continue;
            }
            self.unread.extend_from_slice(bytes);
            let taken = bytes.len();
            Pin::new(inner.inner_mut()).consume(taken);
            self.take_heads().map_err(|error| {
                let error = Error::unreadable_head(error.problem, error.field);
                let error = error.on(self.connection.clone());
                io::Error::new(io::ErrorKind::InvalidData, error)
            })?;
        }
    }

    /// Takes all complete heads, of which all but the last are interim (RFC 9110, section 15.2).
    fn take_heads(&mut self) -> Result<(), UnreadableHead> {
        let mut taken = Vec::new();
        while self.is_due {
            if !may_be_head(&self.unread) {
                self.pass_on(taken, 0);
                return Ok(());
            }
            let limit = usize::try_from(self.limits.bytes).unwrap_or(usize::MAX);
            let end = end_of_head(&self.unread, self.searched);
            if end.unwrap_or(self.unread.len()) > limit {
                return Err(HeadProblem::TooLong.into());
            }
            let Some(end) = end else {
                self.searched = self.unread.len();
                self.ready = taken;
                self.delivered = 0;
                return Ok(());
            };
            let head = normalise(self.unread.get(..end).unwrap_or_default(), self.limits)?;
            taken.extend_from_slice(&head.bytes);
            if head.is_interim {
                self.interim += end;
                if self.interim > limit {
                    return Err(HeadProblem::TooLong.into());
                }
                self.unread.drain(..end);
                self.searched = 0;
            } else {
                self.pass_on(taken, end);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Delivers these bytes and all that follow; the rest is no head.
    fn pass_on(&mut self, mut heads: Vec<u8>, end: usize) {
        heads.extend_from_slice(self.unread.get(end..).unwrap_or_default());
        self.ready = heads;
        self.delivered = 0;
        self.unread = Vec::new();
        self.searched = 0;
        self.interim = 0;
        self.is_due = false;
    }

    fn deliver(&mut self, buf: &mut ReadBufCursor<'_>) {
        let left = self.ready.get(self.delivered..).unwrap_or_default();
        let now = left.get(..left.len().min(buf.remaining())).unwrap_or(left);
        buf.put_slice(now);
        self.delivered += now.len();
        if self.delivered == self.ready.len() {
            self.ready = Vec::new();
            self.delivered = 0;
        }
    }
}

/// Checks whether the bytes may be a head; if not, hyper reports the error.
fn may_be_head(bytes: &[u8]) -> bool {
    let start = bytes
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let bytes = bytes.get(start.count()..).unwrap_or_default();
    let known = bytes.len().min(PROTOCOL.len());
    bytes.get(..known) == PROTOCOL.get(..known)
}

/// Finds the end of a head, behind its empty line. Empty lines may come first (RFC 9112, section
/// 2.2).
fn end_of_head(bytes: &[u8], searched: usize) -> Option<usize> {
    let start = bytes
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let from = searched.saturating_sub(2).max(start.count());
    let mut place = from;
    loop {
        let line_feed = place + bytes.get(place..)?.iter().position(|byte| *byte == b'\n')?;
        match bytes.get(line_feed + 1..)? {
            [b'\n', ..] => return Some(line_feed + 2),
            [b'\r', b'\n', ..] => return Some(line_feed + 3),
            _ => place = line_feed + 1,
        }
    }
}

const PROTOCOL: &[u8] = b"HTTP/";

#[cfg(test)]
mod tests;
