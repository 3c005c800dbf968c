//! The bytes under TLS: as they are, or one at a time, cut off, held at a gate, or swallowed.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::fault::{early_alert, replaced_alert};
use crate::point::Point;
use crate::script::client_auth::{Alert, ClientAuth};
use crate::script::handshake::Handshake;
use crate::scripted::Scripted;

/// A TCP stream that obeys a script.
pub(crate) struct Wire {
    tcp: TcpStream,
    unsent: VecDeque<u8>,
    before_first_write: Option<Gate>,
    after_first_write: Option<Gate>,
    has_written: bool,
    longest_write: usize,
    left_to_write: usize,
    replaces_alert: bool,
    /// The messages that the alert leaves, and the alert.
    early_alert: Option<(usize, Alert)>,
    mute: Mute,
}

/// Set by the verifier when it refuses a certificate whose alert must not be seen.
pub(crate) type Mute = Arc<AtomicBool>;

type Gate = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Wire {
    pub(crate) fn new(tcp: TcpStream, scripted: &Scripted, mute: Mute) -> Self {
        let (longest_write, left_to_write) = match scripted.script.handshake {
            Handshake::Cut { bytes } => (usize::MAX, bytes),
            Handshake::OneByteAtATime => (1, usize::MAX),
            _ => (usize::MAX, usize::MAX),
        };
        Self {
            tcp,
            unsent: VecDeque::new(),
            before_first_write: gate(scripted, Point::BeforeServerHello),
            after_first_write: gate(scripted, Point::BeforeVerdict),
            has_written: false,
            longest_write,
            left_to_write,
            replaces_alert: matches!(
                scripted.script.client_auth,
                ClientAuth::Refused {
                    alert: Alert::CertificateRequired,
                    ..
                }
            ),
            early_alert: match scripted.script.handshake {
                Handshake::AlertAfterServerHello { alert } => Some((1, alert)),
                Handshake::AlertBeforeServerHello { alert } => Some((0, alert)),
                _ => None,
            },
            mute,
        }
    }

    /// Ends the connection by a reset, and takes along what the client has not read.
    pub(crate) fn reset(self) {
        // With a linger of zero, the socket sends RST when it is dropped, and discards what is
        // queued.
        let _reset = self.tcp.set_zero_linger();
    }
}

fn gate(scripted: &Scripted, point: Point) -> Option<Gate> {
    let gates = scripted.gates.clone();
    gates
        .has(point)
        .then(|| Box::pin(async move { gates.pass(point).await }) as Gate)
}

fn poll_gate(gate: &mut Option<Gate>, cx: &mut Context<'_>) -> Poll<()> {
    if let Some(waiting) = gate {
        ready!(waiting.as_mut().poll(cx));
        *gate = None;
    }
    Poll::Ready(())
}

impl Wire {
    /// Takes bytes in, whole: what the TLS library has to say when it gives up, it says in one
    /// write and does not wait.
    fn take_in(&mut self, bytes: &[u8]) {
        let bytes = if self.replaces_alert {
            replaced_alert::in_clear(bytes)
        } else {
            bytes
        };
        let Some((messages, alert)) = self.early_alert.take() else {
            self.unsent.extend(bytes);
            return;
        };
        self.unsent
            .extend(early_alert::after(bytes, messages, alert));
        // Behind the alert the connection is over: nothing more of the real handshake may follow.
        self.left_to_write = self.unsent.len();
    }

    /// Sends what was taken in, once the gate is open.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.unsent.is_empty() {
            return Poll::Ready(Ok(()));
        }
        ready!(poll_gate(&mut self.before_first_write, cx));
        while !self.unsent.is_empty() {
            if self.left_to_write == 0 {
                // To the TLS library the cut is a peer that has closed.
                return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
            }
            let (bytes, _) = self.unsent.as_slices();
            let length = self.longest_write.min(self.left_to_write).min(bytes.len());
            let bytes = bytes.get(..length).unwrap_or_default();
            let written = ready!(Pin::new(&mut self.tcp).poll_write(cx, bytes))?;
            self.unsent.drain(..written);
            self.has_written = true;
            self.left_to_write -= written;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // The TLS library reads once its flight is handed over, which may still wait at the gate
        // here.
        if let Poll::Ready(sent) = self.poll_send(cx) {
            sent?;
        }
        // Without these reads there is no client certificate, so this holds the verdict.
        if self.has_written {
            ready!(poll_gate(&mut self.after_first_write, cx));
        }
        Pin::new(&mut self.tcp).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.unsent.len() >= MOST_UNSENT {
            ready!(self.poll_send(cx))?;
        }
        // What a muted connection writes is dropped and counts as sent, or the library would wait.
        if !self.mute.load(Ordering::Acquire) {
            slices.iter().for_each(|bytes| self.take_in(bytes));
            if let Poll::Ready(sent) = self.poll_send(cx) {
                sent?;
            }
        }
        Poll::Ready(Ok(slices.iter().map(|bytes| bytes.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What the script cuts off is not sent, and the end comes all the same.
        let _sent_or_cut = ready!(self.poll_send(cx));
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// Bytes that wait to be sent; beyond, writers wait.
const MOST_UNSENT: usize = 64 * 1024;
