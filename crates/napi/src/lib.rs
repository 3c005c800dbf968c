#![cfg_attr(feature = "mtls", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "mtls"),
    doc = "Typed requests and answers of NAPI, over any HTTP service."
)]

mod answer;
mod base_url;
mod client;
mod connection;
mod credentials;
mod endpoint;
mod error;
#[cfg(feature = "mtls")]
mod mtls;
mod path;
mod request_body;

pub use base_url::{BaseUrl, BaseUrlProblem};
pub use client::Client;
pub use connection::{SayHello, TestAuthentication};
pub use credentials::{Credentials, CredentialsProblem};
pub use endpoint::{Authentication, Endpoint};
pub use error::{BoxError, Error};
#[cfg(feature = "mtls")]
pub use mtls::MtlsClient;
pub use path::ArgumentProblem;
pub use request_body::RequestBody;
