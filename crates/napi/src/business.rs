//! The vendor's group "business": searching for a company.
//!
//! To verify one, send a [`VerifyRequest`](crate::verifications::VerifyRequest) with a
//! [`Business`](crate::verifications::Business).

mod search_request;
mod search_result;

pub use search_request::{BusinessSearchModel, BusinessSearchRequest};
pub use search_result::{
    BusinessAddress, BusinessDatasourceResult, BusinessRecord, BusinessResult, BusinessSearch,
    BusinessSearchResponse, GetBusinessSearchResult, IndustryCode,
};

use crate::client::Client;
use crate::error::Error;
use crate::http_service::HttpService;
use crate::id::TransactionRecordId;

impl<S: HttpService> Client<S> {
    /// Searches for a company. What it came to is in [`BusinessSearchResponse::candidates`]; its
    /// record may say `nomatch` although companies were found.
    ///
    /// Billed, and never sent again where it may have been done: an error may come after that.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if the callback is too long or not `https`; else as [`Client::send`].
    pub async fn business_search(
        &self,
        request: &BusinessSearchRequest,
    ) -> Result<BusinessSearch, Error> {
        self.send(request).await
    }

    /// Returns the result of a search, once it is done.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn business_search_result(
        &self,
        id: &TransactionRecordId,
    ) -> Result<BusinessSearchResponse, Error> {
        self.send(&GetBusinessSearchResult::new(id.clone())).await
    }
}
