//! One request on one connection: sending it, receiving its response, explaining its failure.
//!
//! If a connection is free, the request is sent before a future is made: the future that waits for
//! the response then holds no request, and is small. Leaves out whether to try again.

mod connecting;
mod context;
mod response;
mod response_future;

use std::{error::Error as StdError, sync::Arc};

use http::Request;
use http_body::Body;

use crate::client::body::RequestBody;
use crate::client::deadline::Deadline;
use crate::client::form;
use crate::client::generations::Generations;
use crate::client::outgoing::Timed;
use crate::net::raw_connector::RawConnector;

use context::ExchangeContext;
use response_future::{send, send_when_connected};

pub(super) use context::{ExchangeFuture, ExchangeSettings, HttpRefusals};

/// The innermost layer: sends each request once, with the current generation.
pub(super) struct Exchange<B, C> {
    pub(super) generations: Arc<Generations<B, C>>,
    pub(super) settings: ExchangeSettings,
}

impl<B, C> Exchange<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    pub(super) fn send(&self, timed: Timed<Request<RequestBody<B>>>) -> ExchangeFuture {
        let Timed {
            mut request,
            now,
            deadline,
        } = timed;
        if let Err(error) = form::check(&request) {
            return Box::pin(async { Err(error) });
        }
        let context = ExchangeContext {
            pool: self.generations.current(),
            deadline: Deadline::at(deadline),
            settings: self.settings,
        };
        let authority = request.uri().authority();
        let ready = authority.and_then(|authority| context.pool.take(authority, now));
        match ready {
            None => send_when_connected(context, Box::new(request)),
            Some(ready) => match form::adapt(&mut request, &ready) {
                Ok(()) => send(context, ready, request),
                Err(error) => Box::pin(async { Err(error) }),
            },
        }
    }
}

impl<B, C> Clone for Exchange<B, C> {
    fn clone(&self) -> Self {
        Self {
            generations: Arc::clone(&self.generations),
            settings: self.settings,
        }
    }
}
