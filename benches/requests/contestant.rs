//! The clients that send requests, each from many tasks at once.

use std::{mem, pin::Pin};

use bytes::{Buf, Bytes};
use http::{Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use hyper_util::client::legacy::{Client, connect::Connect};
use tokio::task::JoinSet;
use tower::Service;
use transport::MtlsClient;

use crate::{AT_ONCE, job::Job};

/// One request, its response read to the last byte and checked.
pub(crate) trait Exchange: Send + 'static {
    fn exchange(&mut self, job: Job, uri: &Uri) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// A contestant of any type.
pub(crate) trait Race {
    /// Makes so many requests in each of the tasks.
    fn round<'a>(
        &'a mut self,
        job: Job,
        uri: &'a Uri,
        each: usize,
    ) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>>;
}

/// One sender for each task.
pub(crate) struct Contestant<S>(Vec<S>);

impl<S> Contestant<S> {
    pub(crate) const fn of(senders: Vec<S>) -> Self {
        Self(senders)
    }
}

impl<S: Clone> Contestant<S> {
    /// Gives each task a clone of the sender.
    pub(crate) fn sharing(sender: S) -> Self {
        Self::shared_by(AT_ONCE, sender)
    }

    /// Gives each of so many tasks a clone of the sender.
    pub(crate) fn shared_by(tasks: usize, sender: S) -> Self {
        Self(vec![sender; tasks])
    }
}

impl<S: Exchange> Race for Contestant<S> {
    fn round<'a>(
        &'a mut self,
        job: Job,
        uri: &'a Uri,
        each: usize,
    ) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>> {
        Box::pin(async move {
            let mut tasks = JoinSet::new();
            for mut sender in mem::take(&mut self.0) {
                let uri = uri.clone();
                tasks.spawn(async move {
                    for _ in 0..each {
                        sender.exchange(job, &uri).await?;
                    }
                    anyhow::Ok(sender)
                });
            }
            while let Some(sender) = tasks.join_next().await {
                self.0.push(sender??);
            }
            Ok(())
        })
    }
}

pub(crate) async fn read_to_end<B>(job: Job, response: Response<B>) -> anyhow::Result<()>
where
    B: Body + Unpin,
    B::Error: Into<anyhow::Error>,
{
    let (head, mut body) = response.into_parts();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(Into::into)?;
        length += frame.data_ref().map_or(0, Buf::remaining);
    }
    job.check(head.status.as_u16(), length)
}

impl<C: Connect + Clone + Send + Sync + 'static> Exchange for Client<C, Full<Bytes>> {
    async fn exchange(&mut self, job: Job, uri: &Uri) -> anyhow::Result<()> {
        let response = self.request(job.request(uri)).await?;
        read_to_end(job, response).await
    }
}

impl Exchange for MtlsClient<Full<Bytes>> {
    async fn exchange(&mut self, job: Job, uri: &Uri) -> anyhow::Result<()> {
        let response = self.call(job.request(uri)).await?;
        read_to_end(job, response).await
    }
}

/// Ours for NAPI, which knows one small request: whether its credentials are accepted.
impl Exchange for napi::Client {
    async fn exchange(&mut self, _: Job, _: &Uri) -> anyhow::Result<()> {
        let text = self.test_authentication().await?;
        anyhow::ensure!(text == "Hello acme-api", "another text: {text}");
        Ok(())
    }
}

/// reqwest with an address that it has read before.
#[derive(Clone)]
pub(crate) struct Reqwest {
    client: reqwest::Client,
    url: reqwest::Url,
}

impl Reqwest {
    pub(crate) fn new(client: reqwest::Client, uri: &Uri) -> anyhow::Result<Self> {
        let url = uri.to_string().parse()?;
        Ok(Self { client, url })
    }
}

impl Exchange for Reqwest {
    async fn exchange(&mut self, job: Job, _: &Uri) -> anyhow::Result<()> {
        let mut request = reqwest::Request::new(job.method(), self.url.clone());
        if !job.body().is_empty() {
            *request.body_mut() = Some(job.body().into());
        }
        let response: Response<reqwest::Body> = self.client.execute(request).await?.into();
        read_to_end(job, response).await
    }
}
