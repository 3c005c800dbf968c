//! The sending half of a connection, for either version of HTTP.

use std::sync::Arc;

use crate::client::pool::connection::Connection;
use crate::client::pool::http1::Http1;
use crate::client::pool::http2::Http2;

/// The sending half, for either version of HTTP.
pub(super) enum Sender<B> {
    Http1(Arc<Http1<B>>),
    /// With one of its streams reserved.
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
