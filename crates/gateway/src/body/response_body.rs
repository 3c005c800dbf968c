//! The body of a response on its way to the caller.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use vocabulary::variant_name;

use crate::fields::clean_trailers;
use crate::places::RequestPlace;
use crate::request_span::RequestSpan;
use crate::requests::RequestInProgress;

/// The body of a response: the server's as it comes, or one of the gateway's own. The request is in
/// progress until it is dropped.
#[derive(Debug)]
pub(crate) struct GatewayBody {
    source: Source,
    place: Option<RequestPlace>,
    request: Option<RequestInProgress>,
    /// None if no one observes it, or once it has ended.
    span: Option<RequestSpan>,
    end: BodyEnd,
}

/// The end of a response, by which the caller knows that it is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyEnd {
    /// That of the connection, as in HTTP/1.0 (RFC 1945, section 7.2.2).
    Connection,
    /// The same, which the connection knows.
    Noted,
    /// Its length says it, or the last chunk or frame.
    Framed,
}

#[derive(Debug)]
enum Source {
    Own(Full<Bytes>),
    Server(transport::ResponseBody),
}

impl GatewayBody {
    /// Creates a body of the gateway's own.
    pub(crate) fn own(text: impl Into<Bytes>) -> Self {
        Self::new(Source::Own(Full::new(text.into())))
    }

    /// Creates the body of a response of the server.
    pub(crate) fn server(body: transport::ResponseBody) -> Self {
        Self::new(Source::Server(body))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            place: None,
            request: None,
            span: None,
            end: BodyEnd::Framed,
        }
    }

    /// Sets the end by which the caller knows that the body is whole.
    pub(crate) fn ends_with(&mut self, end: BodyEnd) {
        self.end = end;
    }

    /// Keeps the request's span until the body is done.
    pub(crate) fn hold_span(&mut self, mut span: RequestSpan) {
        if self.is_end_stream() {
            span.handed_over();
        }
        self.span = Some(span);
    }

    /// Keeps the request's place until the body is done.
    pub(crate) fn hold_place(&mut self, place: RequestPlace) {
        self.place = Some(place);
    }

    /// Keeps the request in progress until the body is done.
    pub(crate) fn hold_request(&mut self, request: RequestInProgress) {
        self.request = Some(request);
    }
}

impl Body for GatewayBody {
    type Data = Bytes;
    type Error = transport::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, transport::Error>>> {
        let this = &mut *self;
        // Here and not before: hyper polls no body that it knows to be empty, and its response has
        // a length then, after which the connection may go on.
        if let (BodyEnd::Connection, Some(request)) = (this.end, &this.request) {
            request.end_with_connection();
            this.end = BodyEnd::Noted;
        }
        let entered = this.span.as_ref().map(RequestSpan::enter);
        let frame = this.source.poll_frame(cx);
        if let (BodyEnd::Noted, Some(request)) = (this.end, &this.request)
            && is_last(&frame, &this.source)
        {
            request.ends_whole();
        }
        match (&frame, &this.request) {
            (Poll::Ready(Some(Ok(_))), Some(request)) => request.handed_over(),
            (_, Some(request)) => request.taken(),
            (_, None) => {}
        }
        if let Poll::Ready(Some(Err(error))) = &frame {
            // The head is on its way, so that all the caller sees is a connection that breaks.
            tracing::warn!(%error, "the body of a response broke off");
        }
        drop(entered);
        if let Some(span) = this.span.take() {
            this.span = observed(span, &frame, &this.source);
        }
        frame.map_ok(|mut frame| {
            if let Some(trailers) = frame.trailers_mut() {
                clean_trailers(trailers);
            }
            frame
        })
    }

    fn is_end_stream(&self) -> bool {
        self.source.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.source.size_hint()
    }
}

/// Checks whether nothing comes after this.
fn is_last(frame: &Poll<Option<Result<Frame<Bytes>, transport::Error>>>, source: &Source) -> bool {
    match frame {
        Poll::Ready(None) => true,
        // hyper asks no further then.
        Poll::Ready(Some(Ok(frame))) => frame.is_trailers() || source.is_end_stream(),
        Poll::Ready(Some(Err(_))) | Poll::Pending => false,
    }
}

/// Ends the span of a request with its response; returns it until then.
fn observed(
    mut span: RequestSpan,
    frame: &Poll<Option<Result<Frame<Bytes>, transport::Error>>>,
    source: &Source,
) -> Option<RequestSpan> {
    match frame {
        Poll::Ready(Some(Err(error))) => {
            span.broke_off(&variant_name(&error.kind()));
            return None;
        }
        Poll::Ready(_) if is_last(frame, source) || source.size_hint().upper() == Some(0) => {
            // Once the announced length is there hyper asks no further either; the end of an
            // HTTP/2 stream may be a frame of its own.
            span.handed_over();
        }
        _ => {}
    }
    Some(span)
}

impl Source {
    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, transport::Error>>> {
        match self {
            Self::Own(body) => Pin::new(body)
                .poll_frame(cx)
                .map_err(|never| match never {}),
            Self::Server(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(body) => body.is_end_stream(),
            Self::Server(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(body) => body.size_hint(),
            Self::Server(body) => body.size_hint(),
        }
    }
}
