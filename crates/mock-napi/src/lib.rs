#![doc = include_str!("../README.md")]

mod account;
mod basic;
mod browser;
mod builder;
mod callback_delivery;
mod client_identity;
mod control;
mod description;
mod enforcement;
mod error;
mod event;
mod http;
mod listener;
mod local;
mod mock;
mod named_fault;
mod napi;
mod odd_body;
#[cfg(feature = "program")]
mod openapi;
#[cfg(feature = "program")]
mod options;
mod pages;
mod portal;
mod problem;
mod register;
mod service;
mod session;
mod state;
mod unanswered;
mod vendor;

pub use account::{Account, SubAccount};
pub use builder::Builder;
pub use error::Error;
pub use event::{Denial, Event, EventKind};
pub use mock::MockNapi;
pub use mock_tls::{
    Afterwards, Alert, Alpn, Body, ClientAuth, ClientIdentity, ConnectionEvent, Credentials,
    Delivery, Ending, Framing, Handshake, Http2, KeyExchange, Moment, Point, ProxyAuthentication,
    ProxyCredentials, ProxyDelivery, ProxyResponse, ProxyScript, ProxyTls, ProxyVersion, Refusal,
    Reply, Script, ScriptedResponse, ServerCertificate, Tickets, Verdict, Versions,
};
pub use named_fault::{fault_names, named_fault};
#[cfg(feature = "program")]
pub use options::{Options, Stop};
pub use problem::{Field, Problem, ProblemCode};
pub use register::{CertificateState, IssuedCertificate};
pub use service::settings::{
    BodyFraming, Compression, DateFormat, ErrorLevel, FileNames, FinalState, NullMembers, Outcome,
    PlainRejection, ProblemForm, SearchStatus, ServiceSettings, UnknownRecords,
};
