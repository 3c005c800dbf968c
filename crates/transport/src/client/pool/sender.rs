//! The half of a connection that sends, whatever the version of HTTP.

use std::sync::Arc;

use crate::client::pool::connection::Connection;
use crate::client::pool::http1::Http1;
use crate::client::pool::http2::Http2;

/// The half that sends, whatever the version of HTTP.
pub(super) enum Sender<B> {
    Http1(Arc<Http1<B>>),
    /// One of its streams has been taken.
    Http2(Arc<Http2<B>>),
}

impl<B> Sender<B> {
    pub(super) fn connection(&self) -> &Arc<Connection> {
        match self {
            Self::Http1(http1) => http1.connection(),
            Self::Http2(http2) => http2.connection(),
        }
    }
}
