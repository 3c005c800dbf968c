//! The server's response as it is sent to the caller.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Response, Version};
use http_body::Body;

use crate::body::response_body::{BodyEnd, GatewayBody};
use crate::fields::{add_via, remove_hop_by_hop};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Returns the response for a caller that speaks this version of HTTP; with the time to its head,
/// if there is one.
pub(super) fn response(
    response: Response<transport::ResponseBody>,
    callers: Version,
    time: Option<Duration>,
) -> Response<GatewayBody> {
    let (mut head, body) = response.into_parts();
    let received = head.version;
    remove_hop_by_hop(&mut head.headers);
    add_via(&mut head.headers, received);
    if let Some(time) = time {
        let value = format!("upstream;dur={:.3}", time.as_secs_f64() * 1000.0);
        if let Ok(value) = HeaderValue::try_from(value) {
            head.headers.append(SERVER_TIMING, value);
        }
    }
    // hyper writes the version that it finds here.
    head.version = callers;
    head.extensions.clear();
    let end = match callers {
        Version::HTTP_10 if body.size_hint().exact().is_none() => BodyEnd::Connection,
        _ => BodyEnd::Framed,
    };
    let mut body = GatewayBody::server(body);
    body.ends_with(end);
    Response::from_parts(head, body)
}
