//! A connection with its streams: which requests are met by what, and when it is over.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use h2::{SendStream, server};
use tokio::task::JoinSet;
use tokio_rustls::server::TlsStream;

use crate::fault::http2::end::End;
use crate::fault::http2::exchange::{Done, Exchange};
use crate::fault::http2::raw_reply;
use crate::fault::http2::tap::{Side, Tap};
use crate::fault::wire::Wire;
use crate::point::Point;
use crate::script::reply::{Afterwards, Delivery, Reply};
use crate::script::response::ScriptedResponse;
use crate::scripted::Scripted;

/// An HTTP/2 connection that obeys a script.
pub(crate) struct Connection<'a> {
    frames: server::Connection<Tap<&'a mut TlsStream<Wire>>, Bytes>,
    side: Arc<Side>,
    scripted: &'a Scripted,
    under_way: JoinSet<Done>,
    accepted: u32,
    last_stream: u32,
    /// Whether GOAWAY was said.
    is_going: bool,
    /// Exchanges that are neither answered nor refused, kept to the end: the library resets streams
    /// that are dropped.
    unanswered: Vec<Exchange>,
    /// As `unanswered`, with half a response.
    half_answered: Vec<SendStream<Bytes>>,
    end_on_next_request: Option<End>,
}

impl<'a> Connection<'a> {
    pub(crate) async fn begin(
        stream: &'a mut TlsStream<Wire>,
        scripted: &'a Scripted,
    ) -> Result<Self, h2::Error> {
        let http2 = &scripted.script.http2;
        let (tap, side) = Tap::new(stream);
        let mut builder = server::Builder::new();
        if let Some(window) = http2.window() {
            builder.initial_window_size(window);
        }
        if let Some(streams) = http2.max_concurrent_streams {
            builder.max_concurrent_streams(streams);
        }
        Ok(Self {
            frames: builder.handshake(tap).await?,
            side,
            scripted,
            under_way: JoinSet::new(),
            accepted: 0,
            last_stream: 0,
            is_going: false,
            unanswered: Vec::new(),
            half_answered: Vec::new(),
            end_on_next_request: None,
        })
    }

    /// Takes requests until the connection is to end.
    pub(crate) async fn serve(&mut self) -> Result<End, h2::Error> {
        loop {
            let end = tokio::select! {
                request = self.frames.accept() => {
                    let Some(request) = request else {
                        return Ok(End::Close);
                    };
                    let (request, respond) = request?;
                    self.meet(Exchange { request, respond }).await
                }
                Some(done) = self.under_way.join_next() => {
                    self.finish(done.unwrap_or(Done::Broken)).await
                }
            };
            let end = match end {
                // After GOAWAY nothing new is accepted, so the last response ends the connection
                // (RFC 9113, section 6.8).
                None if self.is_going && self.under_way.is_empty() => Some(End::Close),
                other => other,
            };
            if let Some(end) = end {
                self.flush().await;
                return Ok(end);
            }
        }
    }

    /// Meets a request, and says how the connection ends if it does.
    async fn meet(&mut self, mut exchange: Exchange) -> Option<End> {
        if let Some(end) = self.end_on_next_request {
            self.unanswered.push(exchange);
            return Some(end);
        }
        if let ScriptedResponse::Reply(reply) = &self.scripted.script.response {
            self.response(exchange, reply).await;
            return None;
        }
        record(self.scripted, &exchange).await;
        let end = match self.scripted.script.response {
            ScriptedResponse::EndlessHeaders => End::EndlessHeaders {
                stream: exchange.stream_id(),
            },
            ScriptedResponse::Garbage => End::Garbage,
            ScriptedResponse::GoAway { error_code } => {
                self.go_away(error_code);
                End::Close
            }
            ScriptedResponse::Reset => End::Reset,
            ScriptedResponse::ResetStream { error_code } => {
                exchange.respond.send_reset(error_code.into());
                return None;
            }
            _ => End::Close,
        };
        self.unanswered.push(exchange);
        Some(end)
    }

    /// Begins to answer a request, or leaves it unanswered after GOAWAY.
    async fn response(&mut self, exchange: Exchange, reply: &Reply) {
        let go_away = self.scripted.script.http2.go_away;
        // "After none" has to go out before this request counts, or its stream would be the last
        // one.
        if go_away.is_some_and(|go_away| go_away.after == 0) && !self.is_going {
            self.say_go_away();
        }
        if self.is_going {
            record(self.scripted, &exchange).await;
            self.unanswered.push(exchange);
            return;
        }
        self.accepted += 1;
        self.last_stream = exchange.stream_id();
        if raw_reply::is_raw(reply) {
            return self.answer_raw(exchange, reply).await;
        }
        let response = exchange.response(reply.clone(), self.scripted.clone());
        // A task of its own, so that a gate holds this stream and not the connection.
        let _handle = self.under_way.spawn(response);
        if go_away.is_some_and(|go_away| go_away.after == self.accepted) {
            self.say_go_away();
        }
    }

    /// Answers at once and by hand. The library must not hear of it, so the exchange waits for the
    /// end.
    async fn answer_raw(&mut self, exchange: Exchange, reply: &Reply) {
        let (method, path) = (exchange.method(), exchange.path());
        self.scripted
            .request(method, path, Some(reply.status))
            .await;
        self.side
            .send(&raw_reply::frames(reply, exchange.stream_id()));
        self.unanswered.push(exchange);
        if reply.afterwards == Afterwards::Close && !self.is_going {
            self.go_away(NO_ERROR);
        }
        self.flush().await;
    }

    /// Ends a stream as its reply says, and says how the connection ends if it does.
    async fn finish(&mut self, done: Done) -> Option<End> {
        let ScriptedResponse::Reply(reply) = &self.scripted.script.response else {
            return None;
        };
        match done {
            Done::Answered => self.end_after(reply.afterwards).await,
            Done::Broken => None,
            Done::Half(mut stream) => {
                // A reset of the stream drops what still waits to be sent.
                self.flush().await;
                let end = match reply.delivery {
                    Delivery::HalfThenCut => End::Cut,
                    Delivery::HalfThenReset => End::Reset,
                    Delivery::HalfThenResetStream { error_code } => {
                        stream.send_reset(error_code.into());
                        return None;
                    }
                    Delivery::HalfThenClose | Delivery::Whole => End::Close,
                };
                self.half_answered.push(stream);
                Some(end)
            }
        }
    }

    async fn end_after(&mut self, afterwards: Afterwards) -> Option<End> {
        self.flush().await;
        tokio::select! {
            () = self.scripted.gates.pass(Point::BeforeClose) => {}
            // The client may leave while the gate is closed, and then no one is left to open it
            // for.
            _gone = poll_fn(|cx| self.frames.poll_closed(cx)) => return Some(End::Close),
        }
        // The script's own GOAWAY decides when this connection ends.
        if self.scripted.script.http2.go_away.is_some() {
            return None;
        }
        match afterwards {
            Afterwards::Close => {
                if !self.is_going {
                    self.go_away(NO_ERROR);
                }
            }
            Afterwards::CloseUnannounced => return Some(End::Close),
            // The alert takes the place of its `close_notify`.
            Afterwards::AlertOnNextRequest { .. } | Afterwards::CloseOnNextRequest => {
                self.end_on_next_request = Some(End::Close)
            }
            Afterwards::Keep => {}
            Afterwards::ResetOnNextRequest => self.end_on_next_request = Some(End::Reset),
        }
        None
    }

    fn say_go_away(&mut self) {
        let go_away = self.scripted.script.http2.go_away;
        self.go_away(go_away.map_or(NO_ERROR, |go_away| go_away.error_code));
    }

    /// Says which request was the last that is processed, 0 for none (RFC 9113, section 6.8).
    fn go_away(&mut self, error_code: u32) {
        self.is_going = true;
        // By hand: h2 would name the last stream that it has accepted, processed or not.
        let mut frame = vec![0, 0, 8, GOAWAY, 0, 0, 0, 0, 0];
        frame.extend(self.last_stream.to_be_bytes());
        frame.extend(error_code.to_be_bytes());
        self.side.send(&frame);
    }

    /// Waits until all that can be sent is with the system, or the connection is over.
    async fn flush(&mut self) {
        // h2 has no flush of its own. Polled for its end, it writes what it has, and the tap sees
        // when that is done.
        poll_fn(|cx| match self.frames.poll_closed(cx) {
            Poll::Pending if self.side.is_behind() => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
    }
}

/// Records a request that gets no response.
async fn record(scripted: &Scripted, exchange: &Exchange) {
    let (method, path) = (exchange.method(), exchange.path());
    scripted.request(method, path, None).await;
}

const GOAWAY: u8 = 7;
const NO_ERROR: u32 = 0;
