//! What makes the connections beneath TLS.
//!
//! Leaves out every connector itself: TCP, a proxy, a pipe.

use std::error::Error as StdError;

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::Connection;
use tower_service::Service;

/// A [`Service`] of [`Uri`] that gives a stream: what [`MtlsConnector`](crate::MtlsConnector) can stand on.
///
/// It is the contract between a connector and hyper's pooled client, under one name. Whatever fulfils it has this
/// trait; there is nothing to implement.
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
