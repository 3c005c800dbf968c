//! The vendor's group "verifications": who or what is verified, and what came of it.

mod callback;
mod data_fields;
mod datasource_result;
mod document_download;
mod file_name;
mod partial_result;
mod pending;
mod transaction_record;
mod transaction_record_document;
mod transaction_status;
mod verification;
mod verify_request;
mod verify_result;
mod watchlist;

pub use crate::{record_status::RecordStatus, transaction_state::TransactionState};
pub use callback::Callback;
pub use data_fields::{
    Business, Communication, DataFields, Document, DocumentType, DriverLicence, Gender, Location,
    LocationAdditionalFields, NationalId, NationalIdType, Passport, PersonInfo,
    PersonInfoAdditionalFields, PersonOfSignificantControl, RiskMonitorSettings, TestEntity,
};
pub(crate) use data_fields::{address, company};
pub use datasource_result::{AppendedField, DatasourceField, DatasourceResult, FieldStatus};
pub use document_download::{DocumentDownload, DocumentName, DownloadedDocument};
pub use partial_result::{GetPartialResult, PartialResult};
pub use pending::{Pending, Polling, Progress};
pub use transaction_record::{Detail, GetTransactionRecord, InputField, TransactionRecord};
pub use transaction_record_document::{DocumentField, GetTransactionRecordDocument};
pub use transaction_status::{GetTransactionStatus, TransactionStatus};
pub use verification::{Rejection, Verification};
pub(crate) use verification::{WithoutRecord, undecided, unfinished};
pub use verify_request::VerifyRequest;
pub use verify_result::{ErrorLevel, Record, RecordRule, VerifyResult};
pub use watchlist::{AuthenticityDetail, WatchlistHit, WatchlistHitDetails, WatchlistState};

use bytes::Bytes;

use crate::client::Client;
use crate::error::Error;
use crate::http_service::HttpService;
use crate::id::{TransactionId, TransactionRecordId};

impl<S: HttpService> Client<S> {
    /// Verifies a person, a company or a document.
    ///
    /// Billed, and never sent again where it may have been done: an error may come after that.
    ///
    /// Without a callback the service takes up to [120 seconds](VerifyRequest::LONGEST_CALL). Over
    /// mutual TLS a call has 150, unless the timeouts of the connector say less; see
    /// [`Client::over_mtls`](Self::over_mtls).
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if the request has a text that is too long or a callback that is not
    /// `https`; [`Error::Decode`] if the response breaks off or has a record that cannot be read,
    /// with what was [found](Error::transaction) of the transaction; else as [`Client::send`]. Any
    /// other detail that cannot be read is in [`Verification::unread`].
    pub async fn verify(&self, request: &VerifyRequest) -> Result<Verification, Error> {
        self.send(request).await
    }

    /// Returns the record of a verification.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn transaction_record(
        &self,
        id: &TransactionRecordId,
    ) -> Result<TransactionRecord, Error> {
        self.send(&GetTransactionRecord::new(id.clone())).await
    }

    /// Returns the record of a verification, with the address as the service corrected it.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn transaction_record_with_address(
        &self,
        id: &TransactionRecordId,
    ) -> Result<TransactionRecord, Error> {
        let get = GetTransactionRecord::new(id.clone()).detail(Detail::WithAddress);
        self.send(&get).await
    }

    /// Returns the record of a verification, with the corrected address and the details of
    /// watchlists.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn transaction_record_verbose(
        &self,
        id: &TransactionRecordId,
    ) -> Result<TransactionRecord, Error> {
        let get = GetTransactionRecord::new(id.clone()).detail(Detail::Verbose);
        self.send(&get).await
    }

    /// Returns an image that a record was made from, as the bytes of its file.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn transaction_record_document(
        &self,
        id: &TransactionRecordId,
        field: DocumentField,
    ) -> Result<Bytes, Error> {
        self.send(&GetTransactionRecordDocument::new(id.clone(), field))
            .await
    }

    /// Returns the status of a transaction.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn transaction_status(&self, id: &TransactionId) -> Result<TransactionStatus, Error> {
        self.send(&GetTransactionStatus::new(id.clone())).await
    }

    /// Returns the known part of a transaction that may still be running.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn partial_result(&self, id: &TransactionId) -> Result<PartialResult, Error> {
        self.send(&GetPartialResult::new(id.clone())).await
    }

    /// Returns a file that belongs to a record, such as an extract of a register.
    ///
    /// A result has a path of each in an appended field, whose beginning is not the endpoint's:
    /// send what [`DatasourceResult::documents`] makes of them.
    ///
    /// # Errors
    ///
    /// [`Error::UnexpectedHtml`] if a page came in its place, [`Error::Service`] if errors did;
    /// else as [`Client::send`].
    pub async fn document_download(
        &self,
        id: &TransactionRecordId,
        name: impl Into<DocumentName>,
    ) -> Result<DownloadedDocument, Error> {
        self.send(&DocumentDownload::new(id.clone(), name)).await
    }
}
