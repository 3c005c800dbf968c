//! Version 3: a token in place of user and password, a package in place of a configuration.
//!
//! The [`Client`] is made of [`Credentials::client`](crate::Credentials::client). It fetches a
//! token when it needs one and keeps it until a minute before it ends. One fetch serves all calls
//! that wait for it, each within its own time, and goes on as long as one of them waits. A new
//! token leaves the old one valid. If the service does not take a token (401), the client renews it
//! once and sends the operation again, also one that is billed: it was not processed.
//!
//! Operations of version 1 that are here as well are wrapped in [`V3`]; those with bodies of their
//! own are here. What only third parties list is left out, and so are the paths by product
//! (`/kyb/v3`, `/personfraud/v3`).
//!
//! ```
//! # use napi::{BaseUrl, Client, Credentials, Error, TransactionRecordId};
//! use napi::v3::VerifyRequest;
//! use napi::verifications::PersonInfo;
//!
//! # async fn run<S>(service: S, id: TransactionRecordId) -> Result<(), Error>
//! # where S: napi::HttpService {
//! let client = Client::new(service, BaseUrl::PLAIN, Credentials::client("id", "secret")?);
//! let person = PersonInfo::named("Adelina", "Mancini").born(1978, 7, 4);
//! let request = VerifyRequest::new("00000000-0000-4000-8000-000000000004", "IT".parse()?, person);
//! let verification = client.verify(&request).await?;
//! let record = client.transaction_record(&id).await?;
//! # Ok(())
//! # }
//! ```

mod business_search_request;
mod business_verify_request;
mod client;
mod operation;
mod package_id;
mod packages;
mod verify_request;

pub use business_search_request::BusinessSearchRequest;
pub use business_verify_request::{BusinessDataFields, BusinessLocation, BusinessVerifyRequest};
pub use client::Client;
pub use operation::{InV3, V3};
pub use package_id::PackageId;
pub use packages::{Package, Packages};
pub use verify_request::{RequestMetadata, VerificationType, VerifyRequest};

use crate::version::Version3;

/// Credentials of version 3: identifier and secret of a client.
pub type Credentials = crate::Credentials<Version3>;
