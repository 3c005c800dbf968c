//! From an error to its diagnosis.

mod batch;
mod client_certificate;
mod connection;
mod local;
mod proxy;
mod server_certificate;
pub(crate) mod service;

use crate::diagnosis::Diagnosis;
use crate::error_with_response::ErrorWithResponse;

/// Returns the diagnosis of a failed command: that of the first cause that is known.
pub(crate) fn diagnosis(error: &anyhow::Error) -> Diagnosis {
    let mut causes = error.chain();
    let known = causes.find_map(|cause| {
        let told = cause.downcast_ref::<ErrorWithResponse>();
        let call = told.map(|it| &it.0).or_else(|| cause.downcast_ref());
        call.map(service::diagnosis)
            .or_else(|| batch::diagnosis(cause))
            .or_else(|| local::diagnosis(cause))
    });
    known.unwrap_or_else(local::other)
}
