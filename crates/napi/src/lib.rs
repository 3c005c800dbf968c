#![cfg_attr(feature = "mtls", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "mtls"),
    doc = "Typed requests and responses of NAPI, over any HTTP service."
)]

mod argument;
mod authentication;
mod base64_data;
mod base_url;
#[cfg(feature = "blocking")]
pub mod blocking;
mod body;
pub mod business;
mod call_headers;
mod call_options;
mod client;
pub mod configuration;
mod configuration_name;
pub mod connection;
mod country_code;
mod credentials;
mod document;
mod endpoint;
mod error;
mod error_response;
mod exchange;
mod field_problem;
mod found_transaction;
mod hello_problem;
mod html;
mod http_service;
mod id;
mod inflate;
#[cfg(feature = "mtls")]
mod mtls;
mod path;
mod received;
mod record_status;
mod request;
mod request_body;
mod request_field;
mod response;
mod result_with_metadata;
mod retry_advice;
mod service_error;
mod service_message;
pub mod testing;
mod timestamp;
mod token;
mod transaction_state;
pub mod v3;
pub mod verifications;
mod version;
mod wire;

pub use vocabulary::{Operation, RetryAfter};

pub use argument::{ArgumentProblem, InvalidArgument};
pub use authentication::Authentication;
pub use base_url::{BaseUrl, BaseUrlProblem};
pub use base64_data::{Base64Data, InvalidBase64};
pub use call_options::CallOptions;
pub use client::Client;
pub use configuration_name::ConfigurationName;
pub use country_code::CountryCode;
pub use credentials::{Credentials, CredentialsProblem};
pub use endpoint::Endpoint;
pub use error::{BoxError, Error};
pub use found_transaction::FoundTransaction;
pub use http_service::HttpService;
pub use id::{TransactionId, TransactionRecordId};
pub use request_body::RequestBody;
pub use result_with_metadata::ResultWithMetadata;
pub use retry_advice::RetryAdvice;
pub use service_error::{ErrorCode, ServiceError};
pub use service_message::ServiceMessage;
pub use timestamp::Timestamp;
pub use version::{Version, Version1, Version3};
pub use wire::{Extra, UnreadCause, UnreadValue};
