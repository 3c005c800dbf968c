//! Waiting for a connection, where none is free.

use std::error::Error as StdError;

use http::Request;
use http_body::Body;
use tokio::runtime::Handle;

use crate::client::body::RequestBody;
use crate::client::deadline::Deadline;
use crate::client::form;
use crate::client::pool::Pool;
use crate::client::pool::ready::Ready;
use crate::client::pool::waiter::Failure;
use crate::connection::phase::Phase;
use crate::error::{Error, ErrorKind};

/// Waits for a connection, and adapts the request to its version of HTTP.
pub(super) async fn checkout<B, C>(
    pool: &Pool<RequestBody<B>, C>,
    mut request: Box<Request<RequestBody<B>>>,
    deadline: &mut Deadline,
) -> Result<Box<(Ready<RequestBody<B>>, Request<RequestBody<B>>)>, Error>
where
    B: Body + Unpin + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    for _ in 0..TRIES {
        let Ok(runtime) = Handle::try_current() else {
            break;
        };
        let authority = request.uri().authority();
        let checkout = authority.and_then(|authority| pool.wait(authority, &runtime));
        let Some(mut checkout) = checkout else {
            return Err(Error::new(ErrorKind::InvalidServerName, Phase::Resolve));
        };
        match deadline.during(&mut checkout).await {
            Some(Ok(ready)) => {
                form::adapt(&mut request, &ready)?;
                return Ok(Box::new((ready, *request)));
            }
            // It may be that of a connection which others have used; this request was on none.
            Some(Err(Failure::Error(error))) => return Err(error.unsent()),
            Some(Err(Failure::Abandoned)) => {}
            None => return Err(checkout.timed_out()),
        }
    }
    Err(Error::with_source(
        ErrorKind::Connect,
        Phase::Connect,
        None,
        DroppedDial,
    ))
}

/// The number of connections that a request waits for, if their tasks are dropped with the runtime
/// or by a panic of a connector.
const TRIES: usize = 3;

#[derive(Debug, thiserror::Error)]
#[error(
    "the task that was opening the connection was dropped: its tokio runtime ended, or a connector panicked"
)]
struct DroppedDial;
