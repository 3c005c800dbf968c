//! One request on one connection: given to it, answered, and its failure explained.
//!
//! Where a connection is free, the request is given to it before a future is made: what waits for the response then
//! holds no request, and is small. Leaves out whether to try again.

mod awaited;
mod connecting;
mod response;
mod terms;

use std::{error::Error as StdError, sync::Arc};

use http::Request;
use http_body::Body;

use crate::client::body::RequestBody;
use crate::client::deadline::Deadline;
use crate::client::form;
use crate::client::generations::Generations;
use crate::client::outgoing::Timed;
use crate::net::raw_connector::RawConnector;

use awaited::{given, once_connected};
use terms::Terms;

pub(super) use terms::{ExchangeSettings, Exchanging, HttpRefusals};

/// The innermost layer: sends each request once, with the generation in use.
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
    pub(super) fn send(&self, timed: Timed<Request<RequestBody<B>>>) -> Exchanging {
        let Timed {
            mut request,
            now,
            deadline,
        } = timed;
        if let Err(error) = form::check(&request) {
            return Box::pin(async { Err(error) });
        }
        let terms = Terms {
            pool: self.generations.current(),
            deadline: Deadline::at(deadline),
            settings: self.settings,
        };
        let authority = request.uri().authority();
        let ready = authority.and_then(|authority| terms.pool.take(authority, now));
        match ready {
            None => once_connected(terms, Box::new(request)),
            Some(ready) => match form::bring(&mut request, &ready) {
                Ok(()) => given(terms, ready, request),
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
