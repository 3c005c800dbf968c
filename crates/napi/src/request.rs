//! Building the request of an operation.

use bytes::Bytes;
use http::{HeaderValue, Request, Uri, header, uri::PathAndQuery};
use serde::Serialize;
use vocabulary::Operation;

use crate::argument::ArgumentProblem;
use crate::error::Error;
use crate::request_body::RequestBody;

/// The longest URI that the `http` crate takes.
const LONGEST_PATH: usize = (u16::MAX - 1) as usize;

/// Builds a GET without a body, for a path that is encoded already.
pub(crate) fn get(operation: Operation, path: String) -> Result<Request<RequestBody>, Error> {
    let characters = path.len();
    let path = PathAndQuery::from_maybe_shared(Bytes::from(path));
    // Its segments are encoded already, so only the length is left for `http` to refuse.
    let path = path.map_err(|_| Error::Argument {
        argument: "the path",
        problem: ArgumentProblem::TooLong {
            characters,
            most: LONGEST_PATH,
        },
    })?;
    Ok(get_fixed(operation, path))
}

/// Builds a GET without a body, for a path that is always the same.
pub(crate) fn get_fixed(operation: Operation, path: PathAndQuery) -> Request<RequestBody> {
    let mut request = Request::new(RequestBody::default());
    // For whoever observes requests, here, in `transport` and in layers between.
    request.extensions_mut().insert(operation);
    *request.uri_mut() = Uri::from(path);
    request
}

/// Builds a POST of JSON.
pub(crate) fn post(
    operation: Operation,
    path: PathAndQuery,
    body: &impl Serialize,
) -> Result<Request<RequestBody>, Error> {
    let body = serde_json::to_vec(body).map_err(|_| Error::Argument {
        argument: "the request",
        problem: ArgumentProblem::NotJson,
    })?;
    let mut request = get_fixed(operation, path).map(|_| RequestBody::from(Bytes::from(body)));
    *request.method_mut() = http::Method::POST;
    request.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    Ok(request)
}

/// Refuses text that is longer than the service takes; nothing is no text.
pub(crate) fn at_most(
    argument: &'static str,
    text: Option<&str>,
    most: usize,
) -> Result<(), Error> {
    let characters = text.map_or(0, |text| text.chars().count());
    if characters > most {
        return Err(Error::Argument {
            argument,
            problem: ArgumentProblem::TooLong { characters, most },
        });
    }
    Ok(())
}

/// Refuses a URL that the service would not call back: it takes only `https`, of at most 2083
/// characters.
///
/// The one exception is plain `http` to this machine itself (`127.0.0.1`, `[::1]`, `localhost`),
/// which no service elsewhere can call and a local mock does.
pub(crate) fn callback_url(url: Option<&str>) -> Result<(), Error> {
    const LONGEST: usize = 2083;
    const ARGUMENT: &str = "CallBackUrl";
    const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];
    at_most(ARGUMENT, url, LONGEST)?;
    let secure = |url: &str| {
        url.parse::<Uri>().is_ok_and(|uri| match uri.scheme_str() {
            Some("https") => uri.host().is_some(),
            // For a mock on this machine: the callback never leaves it.
            Some("http") => uri.host().is_some_and(|host| LOOPBACK.contains(&host)),
            _ => false,
        })
    };
    if url.is_some_and(|url| !secure(url)) {
        return Err(Error::Argument {
            argument: ARGUMENT,
            problem: ArgumentProblem::NotHttps,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_goes_to_https_and_nowhere_else() {
        assert!(callback_url(None).is_ok());
        assert!(callback_url(Some("https://invalid")).is_ok());
        for url in ["http://acme.example/done", "acme.example", "", "https://"] {
            let error = callback_url(Some(url)).unwrap_err();
            assert!(
                matches!(
                    error,
                    Error::Argument {
                        problem: ArgumentProblem::NotHttps,
                        ..
                    }
                ),
                "{url}"
            );
        }
    }

    #[test]
    fn a_callback_to_this_machine_may_be_plain() {
        for url in [
            "http://127.0.0.1:8081/done",
            "http://localhost",
            "http://[::1]:8081",
        ] {
            assert!(callback_url(Some(url)).is_ok(), "{url}");
        }
        for url in [
            "http://127.0.0.1.acme.example/done",
            "http://127.0.0.1@acme.example/done",
            "http://localhost.acme.example",
            "http://10.0.0.1/done",
            "http://0.0.0.0/done",
            "ftp://127.0.0.1/done",
            "127.0.0.1:8081",
        ] {
            assert!(callback_url(Some(url)).is_err(), "{url}");
        }
    }

    #[test]
    fn longest_callback_url_passes_and_a_longer_one_does_not() {
        let url = |length: usize| format!("https://acme.example/{:a<1$}", "", length - 21);
        assert!(callback_url(Some(&url(2083))).is_ok());
        let error = callback_url(Some(&url(2084))).unwrap_err();
        let problem = ArgumentProblem::TooLong {
            characters: 2084,
            most: 2083,
        };
        assert!(matches!(error, Error::Argument { problem: found, .. } if found == problem));
    }
}
