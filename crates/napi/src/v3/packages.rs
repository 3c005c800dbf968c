//! `GET /v3/account/packages`.

use bytes::Bytes;
use http::{Request, Response, uri::PathAndQuery};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::v3::PackageId;
use crate::wire::model;

model! {
    /// A package of the account. No page of the vendor describes it; two independent users read
    /// these members.
    pub struct Package {
        /// Its identifier, which the operations of version 3 take.
        package_identifier: Option<PackageId> = "PackageIdentifier",
        /// Its name.
        name: Option<String> = "Name" as name,
        /// Whether it can be used.
        is_approved: Option<bool> = "IsApproved",
    }
}

/// Asks for the packages of the account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Packages;

impl Packages {
    /// Makes the operation, which takes no argument.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Sealed for Packages {}

impl Endpoint for Packages {
    type Response = Vec<Package>;
    type Version = crate::Version3;
    const AUTHENTICATION: Authentication = Authentication::Bearer;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        Ok(request::get_fixed(
            Operation::new("Packages", "/v3/account/packages"),
            const { PathAndQuery::from_static("/v3/account/packages") },
        ))
    }

    fn response(&self, response: Response<Bytes>) -> Result<Vec<Package>, Error> {
        response::models(&response)
    }
}
