//! Reading a body under a limit, and keeping what came of one that did not come whole.

use std::{future::poll_fn, pin::pin};

use bytes::{Buf, BufMut, Bytes};
use http_body::Body;

use crate::{BoxError, Error};

/// Reads a body of at most `limit` bytes; also what came before an error.
pub(crate) async fn collect<B>(body: B, limit: usize) -> (Bytes, Option<Error>)
where
    B: Body<Error: Into<BoxError>>,
{
    let mut body = pin!(body);
    let mut received = Vec::new();
    loop {
        let frame = match poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            None => return (received.into(), None),
            Some(Ok(frame)) => frame,
            Some(Err(error)) => {
                return (received.into(), Some(Error::no_response(error)));
            }
        };
        let Ok(mut data) = frame.into_data() else {
            continue; // trailers
        };
        let room = limit - received.len();
        if data.remaining() > room {
            received.put(data.copy_to_bytes(room));
            return (received.into(), Some(Error::BodyTooLarge { limit }));
        }
        received.put(data);
    }
}
