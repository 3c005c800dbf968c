//! The header fields of every request of a client, put together once.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{CallOptions, exchange::USER_AGENT, inflate};

/// The header fields that a client gives to its requests beside their own.
pub(crate) struct CallHeaders {
    fields: Vec<(HeaderName, HeaderValue)>,
    /// Those that replace what a request has; the others give way.
    overriding: Vec<HeaderName>,
}

/// Fields that are added to a request later: of the credentials, the body and the host.
const LATER: usize = 3;

impl CallHeaders {
    /// Puts the fields together: those of the client, and over them those of the options.
    pub(crate) fn new(options: Option<&CallOptions>) -> Self {
        let mut all = HeaderMap::new();
        all.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        all.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        let mut overriding = vec![header::ACCEPT_ENCODING];
        if let Some(options) = options {
            options.apply(&mut all);
            overriding.extend(options.names());
        }
        all.insert(header::ACCEPT_ENCODING, inflate::ACCEPTED);
        let fields = all
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        Self {
            fields: fields.collect(),
            overriding,
        }
    }

    /// Gives a request its fields.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        // Not a clone of a map: that has no room for what comes later, and would grow at once.
        let room = HeaderMap::with_capacity(self.fields.len() + headers.len() + LATER);
        let mut own = std::mem::replace(headers, room);
        for (name, value) in &self.fields {
            headers.insert(name, value.clone());
        }
        if own.is_empty() {
            return;
        }
        for name in &self.overriding {
            own.remove(name);
        }
        headers.extend(own);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(options: Option<&CallOptions>, own: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in own {
            headers.append(name, HeaderValue::from_static(value));
        }
        CallHeaders::new(options).apply(&mut headers);
        headers
    }

    #[test]
    fn own_fields_of_a_request_stay_but_its_encoding() {
        let own = [
            (header::ACCEPT, "application/pdf"),
            (header::ACCEPT_ENCODING, "br"),
            (header::CONTENT_TYPE, "text/plain"),
            (header::COOKIE, "a"),
            (header::COOKIE, "b"),
        ];
        let headers = applied(None, &own);
        assert_eq!(headers[header::ACCEPT], "application/pdf");
        assert_eq!(headers[header::ACCEPT_ENCODING], "gzip");
        assert_eq!(headers[header::CONTENT_TYPE], "text/plain");
        assert_eq!(headers[header::USER_AGENT], USER_AGENT);
        let cookies = headers.get_all(header::COOKIE).iter();
        assert_eq!(cookies.collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn options_override_own_fields() {
        let options = CallOptions::new().header("Accept", "text/json").unwrap();
        let options = options.user_agent_suffix("acme/1").unwrap();
        let own = [
            (header::ACCEPT, "application/pdf"),
            (header::USER_AGENT, "other/2"),
        ];
        let headers = applied(Some(&options), &own);
        assert_eq!(headers[header::ACCEPT], "text/json");
        assert_eq!(
            headers[header::USER_AGENT],
            format!("{USER_AGENT} acme/1").as_str()
        );
        assert_eq!(applied(None, &own)[header::USER_AGENT], "other/2");
    }
}
