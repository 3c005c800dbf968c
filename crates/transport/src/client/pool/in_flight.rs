//! A request's share of its connection, from the first byte sent to the last byte read.

use std::sync::Arc;

use crate::client::pool::connection::Connection;

/// The share. Dropped, it is over: what it did not finish is given up.
pub(crate) struct InFlight {
    connection: Arc<Connection>,
    share: Share,
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
        Self {
            connection,
            share: Share::Http1(number),
        }
    }

    pub(super) fn http2(connection: Arc<Connection>) -> Self {
        let share = Share::Http2 { is_answered: false };
        Self { connection, share }
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// The head of the response has come.
    pub(crate) fn answered(&mut self) {
        self.connection.state().answered();
        if let Share::Http2 { is_answered } = &mut self.share {
            *is_answered = true;
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
