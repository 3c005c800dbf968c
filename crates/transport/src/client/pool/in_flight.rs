//! A request's share of its connection, from the first byte sent to the last byte read.

use std::sync::Arc;

use crate::client::pool::connection::Connection;
use crate::client::upload::Upload;

/// The share. Dropping it ends it: an unfinished exchange is aborted.
pub(crate) struct InFlight {
    connection: Arc<Connection>,
    share: Share,
    /// The number of responses that had come on the connection before.
    responses: usize,
    /// HTTP/2: the request's body, unless it is empty.
    upload: Option<Upload>,
}

#[derive(Clone, Copy)]
enum Share {
    /// The whole connection, for the exchange of this number.
    Http1(usize),
    /// A stream; whether the head of the response has come.
    Http2 { has_head: bool },
    /// Ended.
    None,
}

impl InFlight {
    pub(super) fn http1(connection: Arc<Connection>, number: usize) -> Self {
        Self::new(connection, Share::Http1(number))
    }

    pub(super) fn http2(connection: Arc<Connection>) -> Self {
        Self::new(connection, Share::Http2 { has_head: false })
    }

    fn new(connection: Arc<Connection>, share: Share) -> Self {
        Self {
            responses: connection.state().responses(),
            connection,
            share,
            upload: None,
        }
    }

    /// Notes the request's body, which the server may leave unread.
    pub(crate) fn watch(&mut self, upload: Option<Upload>) {
        self.upload = upload;
    }

    /// Notes that the request timed out without a response.
    pub(crate) fn note_timeout(&self) {
        self.connection.note_timeout(self.responses);
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Notes that the head of the response has come.
    pub(crate) fn note_head(&mut self) {
        self.connection.state().count_response();
        if let Share::Http2 { has_head } = &mut self.share {
            *has_head = true;
        }
    }

    /// Notes that the exchange has become a tunnel. hyper does not report the end of one, so an
    /// HTTP/2 connection takes no other request and counts as busy: it ends with the tunnel, or is
    /// aborted after a rotation and the drain timeout.
    pub(crate) fn become_tunnel(&mut self) {
        if let Share::Http2 { .. } = self.share {
            self.share = Share::None;
            self.connection.retire();
        }
    }

    /// Ends the share; the connection stays known.
    pub(crate) fn end(&mut self) {
        match std::mem::replace(&mut self.share, Share::None) {
            Share::None => {}
            // HTTP/1.1 cannot abort a request without its connection, nor skip the rest of a
            // response. hyper closes the connection, if the peer lets it; if it is still busy with
            // this exchange, a timeout applies.
            Share::Http1(number) => self.connection.exchange_ended(number),
            Share::Http2 { has_head } => {
                // RST_STREAM aborts a stream, if the peer reads it. A peer that reads nothing would
                // not read the requests that follow either.
                if !has_head && self.connection.state().is_write_blocked() {
                    self.connection.retire();
                }
                let upload = self.upload.take();
                if let Some(upload) = upload.filter(Upload::is_unfinished) {
                    self.connection.upload_left(upload);
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
