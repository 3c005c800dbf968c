//! Responses that servers and gateways are known to give.
//!
//! Titles, headings and codes are theirs, since clients look for them; the text around is kept
//! short.

use crate::script::reply::{Moment, Reply};

impl Reply {
    /// Returns the 400 of an nginx that asked for a client certificate and got none.
    #[must_use]
    pub fn nginx_no_certificate() -> Self {
        Self::nginx(
            400,
            "400 Bad Request",
            "No required SSL certificate was sent",
        )
    }

    /// Returns the 400 of an nginx that got a client certificate and did not like it.
    #[must_use]
    pub fn nginx_certificate_error() -> Self {
        Self::nginx(400, "400 Bad Request", "The SSL certificate error")
    }

    /// Returns the 403 of a gateway that judges certificates by itself.
    #[must_use]
    pub fn gateway_forbidden() -> Self {
        Self::new(403)
            .header("content-type", "application/json")
            .body(r#"{"message":"Forbidden"}"#)
    }

    /// Returns the 403 of an AWS API Gateway that refuses a request before it reaches the API.
    #[must_use]
    pub fn api_gateway_forbidden() -> Self {
        Self::gateway_forbidden()
            .header("x-amzn-requestid", "00000000-0000-4000-8000-000000000000")
            .header("x-amzn-errortype", "ForbiddenException")
    }

    /// Returns the 403 of an Apache httpd that wants a certificate for this path only, and so after
    /// the handshake, from a client of TLS 1.3 that does not offer that ([RFC 8446, section
    /// 4.2.6]).
    ///
    /// [RFC 8446, section 4.2.6]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.6
    #[must_use]
    pub fn apache_post_handshake() -> Self {
        let page = "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n\
             <title>403 Forbidden</title>\n</head><body>\n<h1>Forbidden</h1>\n\
             <p>You don't have permission to access this resource.\
             Reason: Cannot perform Post-Handshake Authentication.<br />\n</p>\n</body></html>\n";
        Self::new(403)
            .header("server", "Apache")
            .header("content-type", "text/html; charset=iso-8859-1")
            .body(page)
    }

    /// Returns the 403 of a rule at Cloudflare's edge, in the form for clients that are no
    /// browsers.
    #[must_use]
    pub fn cloudflare_forbidden() -> Self {
        Self::new(403)
            .header("server", "cloudflare")
            .header("cf-ray", "0000000000000000-YVR")
            .header("content-type", "text/plain; charset=UTF-8")
            .body("error code: 1020")
    }

    /// Returns the 403.7 of an IIS that asked for a client certificate and got none.
    #[must_use]
    pub fn iis_certificate_required() -> Self {
        let reason = "The page you are attempting to access requires your browser to have a Secure \
             Sockets Layer (SSL) client certificate that the Web server recognizes.";
        Self::iis(7, reason, "0x80070005")
    }

    /// Returns the 403.13 of an IIS that got a revoked client certificate, or could not find out.
    #[must_use]
    pub fn iis_certificate_revoked() -> Self {
        let reason = "Your client certificate was revoked, or the revocation status could not be \
             determined.";
        Self::iis(13, reason, "0x80092013")
    }

    /// Returns the 403.16 of an IIS that got a client certificate of a CA that it does not trust.
    #[must_use]
    pub fn iis_certificate_untrusted() -> Self {
        let reason = "Your client certificate is either not trusted or is invalid.";
        Self::iis(16, reason, "0x800b0109")
    }

    /// Returns the 403.17 of an IIS that got a client certificate outside its time.
    #[must_use]
    pub fn iis_certificate_expired() -> Self {
        let reason = "Your client certificate has expired or is not yet valid.";
        Self::iis(17, reason, "0x800b0101")
    }

    /// Returns a 413 that comes before the body is read.
    #[must_use]
    pub fn content_too_large() -> Self {
        Self::new(413).moment(Moment::AfterHead)
    }

    /// Returns a 500 without a word, as the service's own errors are documented.
    #[must_use]
    pub fn internal_server_error() -> Self {
        Self::new(500)
    }

    /// Returns a 408: the service waited for the request, or took too long itself.
    #[must_use]
    pub fn request_timeout() -> Self {
        Self::new(408)
    }

    /// Returns a 503 that is a page of whatever stands before the service.
    #[must_use]
    pub fn service_unavailable_page() -> Self {
        Self::new(503)
            .header("content-type", "text/html")
            .body("<html><body><h1>503 Service Unavailable</h1></body></html>\r\n")
    }

    /// Returns a 503 with this `retry-after`: seconds, a date, or junk.
    #[must_use]
    pub fn service_unavailable(retry_after: impl Into<String>) -> Self {
        Self::new(503).header("retry-after", retry_after)
    }

    /// Returns a 429 with this `retry-after`: seconds, a date, or junk.
    #[must_use]
    pub fn too_many_requests(retry_after: impl Into<String>) -> Self {
        Self::new(429).header("retry-after", retry_after)
    }

    /// Returns the detailed error page, without its style sheet and most of its tables. Its code
    /// after the full stop is nowhere but in the page.
    fn iis(substatus: u8, reason: &str, code: &str) -> Self {
        let page = format!(
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \
             \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">\r\n\
             <html xmlns=\"http://www.w3.org/1999/xhtml\">\r\n<head>\r\n\
             <title>IIS 10.0 Detailed Error - 403.{substatus} - Forbidden</title>\r\n\
             </head>\r\n<body>\r\n<div id=\"content\">\r\n\
             <h3>HTTP Error 403.{substatus} - Forbidden</h3>\r\n<h4>{reason}</h4>\r\n\
             <table border=\"0\" cellpadding=\"0\" cellspacing=\"0\">\r\n\
             <tr class=\"alt\"><th>Error Code</th><td>&nbsp;&nbsp;&nbsp;{code}</td></tr>\r\n\
             </table>\r\n</div>\r\n</body>\r\n</html>\r\n"
        );
        Self::new(403)
            .header("server", "Microsoft-IIS/10.0")
            .header("content-type", "text/html; charset=utf-8")
            .body(page)
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
