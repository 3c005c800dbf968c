//! Reading a body under a limit, and keeping what came of one that did not come whole.

use std::{future::poll_fn, pin::pin};

use bytes::{Buf, BufMut, Bytes};
use http_body::Body;

use crate::error::{BoxError, Error};

/// Reads a body of at most `limit` bytes; also what came before an error.
pub(crate) async fn collect<B>(body: B, limit: usize) -> (Bytes, Option<Error>)
where
    B: Body<Error: Into<BoxError>>,
{
    let mut body = pin!(body);
    let mut received = ReceivedBytes::default();
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
        // Never below zero: more than its room is not received.
        let room = limit - received.len();
        if data.remaining() > room {
            // The part within the limit may name the transaction, which has been billed.
            received.put(data.copy_to_bytes(room));
            return (received.into(), Some(Error::too_large(limit)));
        }
        received.put(data);
    }
}

/// A short frame is copied, so that the buffer of the connection that it lies in is free again.
const SHORT: usize = 8 * 1024;

/// The received part of a body. Most come in one frame, which is kept as it is.
#[derive(Default)]
struct ReceivedBytes {
    first: Bytes,
    all: Vec<u8>,
}

impl ReceivedBytes {
    fn len(&self) -> usize {
        self.first.len() + self.all.len()
    }

    fn put(&mut self, mut data: impl Buf) {
        let length = data.remaining();
        if self.len() > 0 {
            if self.all.is_empty() {
                self.all.put(std::mem::take(&mut self.first));
            }
            self.all.put(data);
        } else if length <= SHORT && data.chunk().len() == length {
            self.first = Bytes::copy_from_slice(data.chunk());
        } else {
            self.first = data.copy_to_bytes(length);
        }
    }
}

impl From<ReceivedBytes> for Bytes {
    fn from(received: ReceivedBytes) -> Self {
        match received.all.is_empty() {
            true => received.first,
            false => received.all.into(),
        }
    }
}
