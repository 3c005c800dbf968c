//! The parameters of a path.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use crate::napi::response;
use crate::napi::version::Version;
use crate::vendor::Vendor;

/// The parameters of a path. One that is not UTF-8 is rejected in the form that other rejections
/// have, since a client reads that of its version and no other.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Vendor>> for Parameters<T> {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        vendor: &Arc<Vendor>,
    ) -> Result<Self, Self::Rejection> {
        let rejection = match Path::from_request_parts(parts, vendor).await {
            Ok(Path(parameters)) => return Ok(Self(parameters)),
            Err(rejection) => rejection,
        };
        let Some(version) = parts.extensions.get::<Version>() else {
            return Err(rejection.into_response()); // a route without its layers
        };
        let (settings, status) = (vendor.service.settings(), StatusCode::BAD_REQUEST);
        let problem = response::problem(*version, &settings, status, "Request not valid");
        Err(problem)
    }
}
