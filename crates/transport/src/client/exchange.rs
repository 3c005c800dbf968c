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
use crate::client::generations::{Generations, PoolOf};
use crate::client::observation::Observation;
use crate::client::outgoing::Timed;
use crate::client::propagation::Propagation;
use crate::net::raw_connector::RawConnector;

use context::ExchangeContext;
use response_future::{send, send_when_connected};

pub(super) use context::{ExchangeFuture, ExchangeSettings, HttpRefusals};

/// The innermost layer: sends each request once, with the current generation.
pub(super) struct Exchange<B, C> {
    pub(super) generations: Arc<Generations<B, C>>,
    pub(super) settings: ExchangeSettings,
    pub(super) propagation: Option<Propagation>,
}

impl<B, C> Exchange<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    pub(super) fn send(&self, timed: Timed<Request<RequestBody<B>>>) -> ExchangeFuture {
        let pool = self.generations.current();
        let generation = pool.generation();
        match Observation::begin(&timed.request, timed.now, timed.resends, generation) {
            None => self.send_unobserved(timed, pool),
            Some(observation) => {
                let response = observation.in_scope(|| self.send_unobserved(timed, pool));
                observation.of(response)
            }
        }
    }

    #[inline]
    fn send_unobserved(
        &self,
        timed: Timed<Request<RequestBody<B>>>,
        pool: Arc<PoolOf<B, C>>,
    ) -> ExchangeFuture {
        let Timed {
            mut request,
            now,
            deadline,
            resends: _,
        } = timed;
        if let Err(error) = form::check(&request) {
            return Box::pin(async { Err(error) });
        }
        if let Some(propagation) = &self.propagation {
            propagation.write(request.headers_mut());
        }
        let context = ExchangeContext {
            pool,
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
            propagation: self.propagation.clone(),
        }
    }
}
