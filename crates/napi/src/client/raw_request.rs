//! A request from a caller, as the client may send it.

use http::{Request, header};

use crate::argument::ArgumentProblem;
use crate::error::Error;
use crate::request_body::RequestBody;

/// Refuses a URI that is not a path alone, and takes the fields off that the client sets.
pub(super) fn for_path(request: &mut Request<RequestBody>) -> Result<(), Error> {
    let uri = request.uri();
    if uri.scheme().is_some() || uri.authority().is_some() || !uri.path().starts_with('/') {
        return Err(Error::Argument {
            argument: "the URI of the request",
            problem: ArgumentProblem::NotPath,
        });
    }
    // A request's own fields win over the client's: these would send other credentials, or name
    // another host than the one that TLS has verified.
    request.headers_mut().remove(header::AUTHORIZATION);
    request.headers_mut().remove(header::HOST);
    Ok(())
}
