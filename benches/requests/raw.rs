//! hyper without a pool: what can be had at the most.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Uri, header::HOST};
use http_body_util::Full;
use hyper::client::conn;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use tokio::task::JoinSet;

use crate::{
    contestant::{Exchange, read_to_end},
    job::Job,
    plain_connector::PlainConnector,
};

/// A connection of HTTP/1.1, held by one task.
pub(crate) struct Http1 {
    sender: conn::http1::SendRequest<Full<Bytes>>,
    host: HeaderValue,
}

/// A share in a connection of HTTP/2.
#[derive(Clone)]
pub(crate) struct Http2(conn::http2::SendRequest<Full<Bytes>>);

pub(crate) async fn http1(
    config: &Arc<ClientConfig>,
    uri: &Uri,
    count: usize,
) -> anyhow::Result<Vec<Http1>> {
    let host = HeaderValue::from_str(uri.authority().map_or("", |it| it.as_str()))?;
    let mut openings = JoinSet::new();
    for _ in 0..count {
        let (connector, uri) = (PlainConnector::new(config), uri.clone());
        openings.spawn(async move {
            let stream = connector.connect(uri).await?;
            let (sender, connection) = conn::http1::handshake(stream).await?;
            tokio::spawn(connection);
            anyhow::Ok(sender)
        });
    }
    let mut senders = Vec::new();
    while let Some(opened) = openings.join_next().await {
        let (sender, host) = (opened??, host.clone());
        senders.push(Http1 { sender, host });
    }
    Ok(senders)
}

pub(crate) async fn http2(config: &Arc<ClientConfig>, uri: &Uri) -> anyhow::Result<Http2> {
    let stream = PlainConnector::new(config).connect(uri.clone()).await?;
    let (sender, connection) = conn::http2::handshake(TokioExecutor::new(), stream).await?;
    tokio::spawn(connection);
    Ok(Http2(sender))
}

impl Exchange for Http1 {
    async fn exchange(&mut self, job: Job, _: &Uri) -> anyhow::Result<()> {
        let mut request = job.request(&Uri::from_static(job.path()));
        request.headers_mut().insert(HOST, self.host.clone());
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        read_to_end(job, response).await
    }
}

impl Exchange for Http2 {
    async fn exchange(&mut self, job: Job, uri: &Uri) -> anyhow::Result<()> {
        self.0.ready().await?;
        let response = self.0.send_request(job.request(uri)).await?;
        read_to_end(job, response).await
    }
}
