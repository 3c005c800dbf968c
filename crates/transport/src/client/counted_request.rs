//! Counts requests by their result, whatever was sent for each (feature `metrics`).

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use vocabulary::variant_name;

use crate::client::exchange::ExchangeFuture;
use crate::client::response_body::ResponseBody;
use crate::error::Error;
use crate::telemetry::attempt::request_ended;

/// A request that has no outcome yet. Dropping it counts it as cancelled.
pub(super) struct CountedRequest {
    response: ExchangeFuture,
    is_over: bool,
}

impl CountedRequest {
    pub(super) fn count(response: ExchangeFuture) -> ExchangeFuture {
        Box::pin(Self {
            response,
            is_over: false,
        })
    }
}

impl Future for CountedRequest {
    type Output = Result<Response<ResponseBody>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = ready!(self.response.as_mut().poll(cx));
        self.is_over = true;
        match &outcome {
            Ok(response) => request_ended(match response.status().as_u16() / 100 {
                1 => "1xx",
                2 => "2xx",
                3 => "3xx",
                4 => "4xx",
                5 => "5xx",
                _ => "other",
            }),
            Err(error) => request_ended(&variant_name(&error.kind())),
        }
        Poll::Ready(outcome)
    }
}

impl Drop for CountedRequest {
    fn drop(&mut self) {
        if !self.is_over {
            request_ended("cancelled");
        }
    }
}
