//! Answers that servers and gateways are known to give.

use crate::script::reply::{Moment, Reply};

impl Reply {
    /// The 400 of an nginx that asked for a client certificate and got none.
    #[must_use]
    pub fn nginx_no_certificate() -> Self {
        Self::nginx(
            400,
            "400 Bad Request",
            "No required SSL certificate was sent",
        )
    }

    /// The 400 of an nginx that got a client certificate and did not like it.
    #[must_use]
    pub fn nginx_certificate_error() -> Self {
        Self::nginx(400, "400 Bad Request", "The SSL certificate error")
    }

    /// The 403 of a gateway that judges certificates by itself.
    #[must_use]
    pub fn gateway_forbidden() -> Self {
        Self::new(403)
            .header("content-type", "application/json")
            .body(r#"{"message":"Forbidden"}"#)
    }

    /// A 413 that comes before the body is read.
    #[must_use]
    pub fn content_too_large() -> Self {
        Self::new(413).moment(Moment::AfterHead)
    }

    /// A 503 with this `retry-after`: seconds, a date, or junk.
    #[must_use]
    pub fn service_unavailable(retry_after: impl Into<String>) -> Self {
        Self::new(503).header("retry-after", retry_after)
    }

    /// A 429 with this `retry-after`: seconds, a date, or junk.
    #[must_use]
    pub fn too_many_requests(retry_after: impl Into<String>) -> Self {
        Self::new(429).header("retry-after", retry_after)
    }

    fn nginx(status: u16, heading: &str, reason: &str) -> Self {
        let page = format!(
            "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n\
             <center><h1>{heading}</h1></center>\r\n<center>{reason}</center>\r\n\
             <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
        Self::new(status)
            .header("server", "nginx")
            .header("content-type", "text/html")
            .body(page)
    }
}
