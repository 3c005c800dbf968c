//! Version 3: a token in place of user and password, a package in place of a configuration.
//!
//! The client is the same, with [`Credentials::client`](crate::Credentials::client). It fetches a
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
//! use napi::v3::{V3, VerifyRequest};
//! use napi::verifications::{GetTransactionRecord, PersonInfo};
//!
//! # async fn run<S>(service: S, id: TransactionRecordId) -> Result<(), Error>
//! # where S: napi::HttpService {
//! let client = Client::new(service, BaseUrl::PLAIN, Credentials::client("id", "secret")?);
//! let person = PersonInfo::named("Adelina", "Mancini").born(1978, 7, 4);
//! let request = VerifyRequest::new("00000000-0000-4000-8000-000000000004", "IT".parse()?, person);
//! let verification = client.send(&request).await?;
//! let record = client.send(&V3::new(GetTransactionRecord::new(id))).await?;
//! # Ok(())
//! # }
//! ```

mod business_search_request;
mod business_verify_request;
mod operation;
mod package_id;
mod packages;
mod verify_request;

pub use business_search_request::BusinessSearchRequest;
pub use business_verify_request::{BusinessDataFields, BusinessLocation, BusinessVerifyRequest};
pub use operation::{InV3, V3};
pub use package_id::PackageId;
pub use packages::{Package, Packages};
pub use verify_request::{RequestMetadata, VerificationType, VerifyRequest};

use crate::{
    Client, Error, HttpService, TransactionRecordId,
    verifications::{Callback, GetTransactionStatus, Pending, Polling, Progress},
};

impl<S: HttpService> Client<S> {
    /// As [`Client::wait`], for a transaction of version 3.
    ///
    /// # Errors
    ///
    /// As [`Client::wait`].
    pub async fn wait_v3(
        &self,
        pending: &Pending,
        polling: &Polling,
    ) -> Result<TransactionRecordId, Error> {
        let status = V3::new(GetTransactionStatus::new(pending.transaction_id().clone()));
        self.wait_for(&status, pending, polling).await
    }

    /// As [`Client::confirm`], for a transaction of version 3.
    ///
    /// # Errors
    ///
    /// As [`Client::confirm`].
    pub async fn confirm_v3(&self, callback: &Callback) -> Result<Progress, Error> {
        let status = GetTransactionStatus::new(callback.transaction_id().clone());
        self.confirm_by(&V3::new(status), callback).await
    }
}
