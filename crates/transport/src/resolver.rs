//! Looking up names, under a deadline.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiResolver, Name};
use tokio::time::Instant;
use tower_service::Service;

use crate::{Error, ErrorKind, Phase, connect_timings::StepTimes};

/// The operating system's resolver, with a deadline and an error that says that it was the name.
///
/// The system call behind it cannot be cancelled; after the deadline it ends in the background, unheard.
#[derive(Clone, Debug)]
pub struct Resolver {
    inner: GaiResolver,
    deadline: Duration,
}

impl Resolver {
    pub(crate) fn new(deadline: Duration) -> Self {
        Self {
            inner: GaiResolver::new(),
            deadline,
        }
    }
}

impl Service<Name> for Resolver {
    type Response = GaiAddrs;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<GaiAddrs, Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx).map_err(unresolved)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let looking_up = tokio::time::timeout(self.deadline, self.inner.call(name));
        let start = Instant::now();
        Box::pin(async move {
            let looked_up = looking_up.await;
            StepTimes::note_resolve(start.elapsed());
            match looked_up {
                Ok(found) => found.map_err(unresolved),
                Err(_) => Err(Error::timeout(Phase::Resolve, None)),
            }
        })
    }
}

fn unresolved(error: std::io::Error) -> Error {
    Error::with_source(ErrorKind::Resolve, Phase::Resolve, None, error)
}
