//! The client of version 3.

use bytes::Bytes;

use crate::business::BusinessSearch;
use crate::connection::{SayHello, TestAuthentication};
use crate::error::Error;
use crate::http_service::HttpService;
use crate::id::{TransactionId, TransactionRecordId};
use crate::v3::{
    BusinessSearchRequest, BusinessVerifyRequest, Package, Packages, V3, VerifyRequest,
};
use crate::verifications::{
    Callback, DocumentDownload, DocumentField, DocumentName, DownloadedDocument, GetPartialResult,
    GetTransactionRecord, GetTransactionRecordDocument, GetTransactionStatus, PartialResult,
    Pending, Polling, Progress, TransactionRecord, TransactionStatus, Verification,
};
use crate::version::Version3;

/// A client of version 3, whose operations are those of version 3 alone.
#[cfg(feature = "mtls")]
pub type Client<S = transport::MtlsClient<crate::RequestBody>> = crate::Client<S, Version3>;

/// A client of version 3, whose operations are those of version 3 alone.
#[cfg(not(feature = "mtls"))]
pub type Client<S> = crate::Client<S, Version3>;

/// Operations of version 3; [`send`](Self::send) has the others, such as those of the group
/// "configuration".
impl<S: HttpService> crate::Client<S, Version3> {
    /// Asks the service to say hello to `name`.
    ///
    /// # Errors
    ///
    /// As [`say_hello`](crate::Client::say_hello) of version 1.
    pub async fn say_hello(&self, name: &str) -> Result<String, Error> {
        self.send(&V3::new(SayHello::new(name)?)).await
    }

    /// Tests certificate and credentials together: the first call to make.
    ///
    /// # Errors
    ///
    /// As [`test_authentication`](crate::Client::test_authentication) of version 1.
    pub async fn test_authentication(&self) -> Result<String, Error> {
        self.send(&V3::new(TestAuthentication::new())).await
    }

    /// Returns the packages of the account.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn packages(&self) -> Result<Vec<Package>, Error> {
        self.send(&Packages).await
    }

    /// Verifies a person or a document. Billed.
    ///
    /// # Errors
    ///
    /// As [`verify`](crate::Client::verify) of version 1; [`Error::Argument`] also for a missing
    /// package.
    pub async fn verify(&self, request: &VerifyRequest) -> Result<Verification, Error> {
        self.send(request).await
    }

    /// Verifies a company. Billed.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub async fn business_verify(
        &self,
        request: &BusinessVerifyRequest,
    ) -> Result<Verification, Error> {
        self.send(request).await
    }

    /// Searches for a company. Billed.
    ///
    /// # Errors
    ///
    /// As [`business_search`](crate::Client::business_search) of version 1; [`Error::Argument`]
    /// also for a missing package.
    pub async fn business_search(
        &self,
        request: &BusinessSearchRequest,
    ) -> Result<BusinessSearch, Error> {
        self.send(request).await
    }

    /// Returns the record of a verification.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); [`Error::OtherTransaction`] for another record.
    pub async fn transaction_record(
        &self,
        id: &TransactionRecordId,
    ) -> Result<TransactionRecord, Error> {
        self.send(&V3::new(GetTransactionRecord::new(id.clone())))
            .await
    }

    /// Returns an image that a record was made from, as the bytes of its file.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn transaction_record_document(
        &self,
        id: &TransactionRecordId,
        field: DocumentField,
    ) -> Result<Bytes, Error> {
        let get = GetTransactionRecordDocument::new(id.clone(), field);
        self.send(&V3::new(get)).await
    }

    /// Returns the status of a transaction.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); [`Error::OtherTransaction`] for another transaction's.
    pub async fn transaction_status(&self, id: &TransactionId) -> Result<TransactionStatus, Error> {
        self.send(&V3::new(GetTransactionStatus::new(id.clone())))
            .await
    }

    /// Returns the known part of a transaction that may still be running.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); [`Error::OtherTransaction`] for another transaction's.
    pub async fn partial_result(&self, id: &TransactionId) -> Result<PartialResult, Error> {
        self.send(&V3::new(GetPartialResult::new(id.clone()))).await
    }

    /// Returns a file that belongs to a record, such as an extract of a register.
    ///
    /// # Errors
    ///
    /// As [`document_download`](crate::Client::document_download) of version 1.
    pub async fn document_download(
        &self,
        id: &TransactionRecordId,
        name: impl Into<DocumentName>,
    ) -> Result<DownloadedDocument, Error> {
        self.send(&V3::new(DocumentDownload::new(id.clone(), name)))
            .await
    }

    /// Waits for a transaction by polling, and returns the identifier of its record.
    ///
    /// # Errors
    ///
    /// As [`wait`](crate::Client::wait) of version 1.
    pub async fn wait(
        &self,
        pending: &Pending,
        polling: &Polling,
    ) -> Result<TransactionRecordId, Error> {
        let status = GetTransactionStatus::new(pending.transaction_id().clone());
        self.wait_for(&V3::new(status), pending, polling).await
    }

    /// Reads the status of the transaction that a callback names, and says by that alone how far
    /// it is.
    ///
    /// # Errors
    ///
    /// As [`confirm`](crate::Client::confirm) of version 1.
    pub async fn confirm(&self, callback: &Callback) -> Result<Progress, Error> {
        let status = GetTransactionStatus::new(callback.transaction_id().clone());
        self.confirm_by(&V3::new(status), callback).await
    }
}
