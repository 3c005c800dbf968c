//! The connectors under TLS.
//!
//! Leaves out every connector itself: TCP, a proxy, a pipe.

use std::error::Error as StdError;

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::Connection;
use tower_service::Service;

/// A [`Service`] of [`Uri`] that returns a stream, for [`MtlsConnector`](crate::MtlsConnector) to
/// connect over.
///
/// It names the contract between a connector and hyper's pooled client. Every type that fulfils the
/// contract has this trait; there is nothing to implement.
pub trait RawConnector:
    Service<
        Uri,
        Response: Read + Write + Connection + Send + Unpin + 'static,
        Error: Into<Box<dyn StdError + Send + Sync>>,
        Future: Send + 'static,
    >
{
}

impl<C> RawConnector for C where
    C: Service<
            Uri,
            Response: Read + Write + Connection + Send + Unpin + 'static,
            Error: Into<Box<dyn StdError + Send + Sync>>,
            Future: Send + 'static,
        >
{
}
