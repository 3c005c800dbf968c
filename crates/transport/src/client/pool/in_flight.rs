//! A request's share of its connection, from the first byte sent to the last byte read.

use std::sync::Arc;

use crate::client::pool::connection::Connection;

/// The share. Dropped, it is over: what it did not finish is given up.
pub(crate) struct InFlight {
    connection: Arc<Connection>,
    share: Share,
    /// How many responses had come on the connection before.
    answers: usize,
}

#[derive(Clone, Copy)]
enum Share {
    /// The whole connection, for the exchange of this number.
    Http1(usize),
    /// A stream, of which the head of the response has come or not.
    Http2 { is_answered: bool },
    /// It is over.
    None,
}

impl InFlight {
    pub(super) fn http1(connection: Arc<Connection>, number: usize) -> Self {
        Self::new(connection, Share::Http1(number))
    }

    pub(super) fn http2(connection: Arc<Connection>) -> Self {
        Self::new(connection, Share::Http2 { is_answered: false })
    }

    fn new(connection: Arc<Connection>, share: Share) -> Self {
        Self {
            answers: connection.state().responses(),
            connection,
            share,
        }
    }

    /// The timeout was over before there was a response.
    pub(crate) fn waited_in_vain(&self) {
        self.connection.waited_in_vain(self.answers);
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// The head of the response has come.
    pub(crate) fn answered(&mut self) {
        self.connection.state().count_response();
        if let Share::Http2 { is_answered } = &mut self.share {
            *is_answered = true;
        }
    }

    /// The exchange has become a tunnel. hyper does not say when that ends, so an HTTP/2 connection takes no other request
    /// and counts as busy: it ends with the tunnel, or is cut when its identity has been replaced for too long.
    pub(crate) fn tunnels(&mut self) {
        if let Share::Http2 { .. } = self.share {
            self.share = Share::None;
            self.connection.retire();
        }
    }

    /// The share is over; the connection is still known.
    pub(crate) fn end(&mut self) {
        match std::mem::replace(&mut self.share, Share::None) {
            Share::None => {}
            // HTTP/1.1 cannot take a request back without its connection, nor leave the rest of a response. hyper
            // closes it then, if the other side lets it; while it is still busy with this, it has so long to be done.
            Share::Http1(number) => self.connection.exchange_ended(number),
            Share::Http2 { is_answered } => {
                // A stream can be taken back, if the other side reads that it is. Where it reads nothing, neither does
                // it read the requests that would follow.
                if !is_answered && self.connection.state().is_write_blocked() {
                    self.connection.retire();
                }
                self.connection.stream_ended();
            }
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.end();
    }
}
