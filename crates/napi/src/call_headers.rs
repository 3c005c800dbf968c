//! The header fields of every request of a client, put together once.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::authentication::Authentication;
use crate::call_options::CallOptions;
use crate::credentials::{Credentials, CredentialsProblem};
use crate::exchange::USER_AGENT;
use crate::inflate;

/// The header fields that a client gives to its requests beside their own.
pub(crate) struct CallHeaders {
    all: HeaderMap,
    /// The same with the credentials of HTTP Basic, if the client has them.
    authorized: Result<HeaderMap, CredentialsProblem>,
    /// Those that replace what a request has; the others give way.
    overriding: Vec<HeaderName>,
}

impl CallHeaders {
    /// Puts the fields together: those of the client, and over them those of the options.
    pub(crate) fn new<V>(credentials: &Credentials<V>, options: Option<&CallOptions>) -> Self {
        let mut all = HeaderMap::new();
        all.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        all.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        let mut overriding = vec![header::ACCEPT_ENCODING];
        if let Some(options) = options {
            options.apply(&mut all);
            overriding.extend(options.names());
        }
        all.insert(header::ACCEPT_ENCODING, inflate::ACCEPTED);
        let authorized = credentials.authorization().map(|authorization| {
            let mut all = all.clone();
            all.insert(header::AUTHORIZATION, authorization);
            all
        });
        Self {
            all,
            authorized,
            overriding,
        }
    }

    /// Gives a request its fields, with the credentials if these are HTTP Basic. A token is added
    /// later.
    pub(crate) fn apply(
        &self,
        headers: &mut HeaderMap,
        authentication: Authentication,
    ) -> Result<(), CredentialsProblem> {
        let all = match authentication {
            Authentication::Basic => self.authorized.as_ref().map_err(|problem| *problem)?,
            Authentication::None | Authentication::Bearer => &self.all,
        };
        // Most requests have no field, and then this is one copy in place of an insertion for each.
        let mut own = std::mem::replace(headers, all.clone());
        if !own.is_empty() {
            for name in &self.overriding {
                own.remove(name);
            }
            headers.extend(own);
        }
        Ok(())
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
        let credentials = Credentials::basic("user", "secret").unwrap();
        let fields = CallHeaders::new(&credentials, options);
        fields.apply(&mut headers, Authentication::Basic).unwrap();
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

    #[test]
    fn credentials_of_a_user_are_sent_with_basic_alone() {
        let user = Credentials::basic("user", "secret").unwrap();
        let client = Credentials::client("id", "secret").unwrap();
        let of_user = CallHeaders::new(&user, None);
        let of_client = CallHeaders::new(&client, None);
        for (fields, authentication, expected) in [
            (&of_user, Authentication::Basic, Ok(true)),
            (&of_user, Authentication::None, Ok(false)),
            (&of_client, Authentication::Bearer, Ok(false)),
            (
                &of_client,
                Authentication::Basic,
                Err(CredentialsProblem::OtherVersion),
            ),
        ] {
            let mut headers = HeaderMap::new();
            let applied = fields.apply(&mut headers, authentication);
            let sent = applied.map(|()| headers.contains_key(header::AUTHORIZATION));
            assert_eq!(sent, expected, "{authentication:?}");
        }
    }
}
