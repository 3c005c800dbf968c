#![doc = include_str!("../README.md")]

mod account;
mod authority;
mod basic;
mod browser;
mod builder;
mod client_identity;
mod clock;
mod control;
mod enforcement;
mod error;
mod event;
mod fault;
mod gate;
mod http;
mod listener;
mod log;
mod mock;
mod napi;
mod options;
mod portal;
mod proxy;
mod script;
mod service;
mod tls;
mod vendor;

pub use account::{Account, Credentials, SubAccount};
pub use authority::ServerCertificate;
pub use builder::Builder;
pub use client_identity::ClientIdentity;
pub use error::Error;
pub use event::verdict::{Refusal, Verdict};
pub use event::{Denial, Event, EventKind, ProxyCredentials};
pub use gate::Point;
pub use mock::MockNapi;
pub use options::{Options, Stop};
pub use portal::problem::{Field, Problem, ProblemCode};
pub use portal::register::{CertificateState, IssuedCertificate};
pub use script::Script;
pub use script::answer::Answer;
pub use script::client_auth::{Alert, ClientAuth, Ending};
pub use script::handshake::{Alpn, Handshake, KeyExchange, Tickets, Versions};
pub use script::http2::Http2;
pub use script::proxy::{
    ProxyAnswer, ProxyAuthentication, ProxyDelivery, ProxyScript, ProxyTls, ProxyVersion,
};
pub use script::reply::{Afterwards, Body, Delivery, Framing, Moment, Reply};
pub use service::settings::{
    Compression, Dates, End, ErrorLevel, FileNames, Length, Nulls, Outcome, PlainRejection,
    ProblemForm, SearchStatus, ServiceSettings, UnknownRecords,
};
