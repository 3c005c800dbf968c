//! The normal service of a [`MockServer`](crate::MockServer): one function from request to
//! response.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;

use crate::event::ConnectionEvent;
use crate::gate::ConnectionGates;
use crate::log::{Recorder, beginning};
use crate::point::Point;

/// Makes the response to a request.
pub(crate) type Respond = dyn Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync;

/// The service on one connection.
pub(crate) struct Served {
    pub(crate) client_certificate_sha256: Option<String>,
    pub(crate) gates: ConnectionGates,
    pub(crate) log: Recorder,
    pub(crate) respond: Arc<Respond>,
}

impl Served {
    /// Answers a request, and records it before the response goes out.
    pub(crate) async fn response(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> io::Result<Response<Full<Bytes>>> {
        let method = beginning(request.method().as_str());
        let path = beginning(request.uri().path());
        let (head, body) = request.into_parts();
        let response = match Limited::new(body, BODY_LIMIT).collect().await {
            Ok(body) => (self.respond)(Request::from_parts(head, body.to_bytes())),
            Err(_) => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
                response
            }
        };
        self.log.record(ConnectionEvent::RequestServed {
            method,
            path,
            status: response.status().as_u16(),
            client_certificate_sha256: self.client_certificate_sha256.clone(),
        });
        self.gates.pass(Point::BeforeResponse).await;
        Ok(response.map(Full::new))
    }
}

const BODY_LIMIT: usize = 1024 * 1024;
