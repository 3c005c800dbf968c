#![doc = include_str!("../README.md")]

mod builder;
mod ca;
mod client_identity;
mod clock;
mod closed;
mod credentials;
mod error;
mod event;
mod fault;
mod gate;
mod hex;
mod http;
mod issued_certificate;
mod leaf;
mod listener;
mod log;
mod mock_server;
mod point;
mod proxy;
mod random;
mod script;
mod scripted;
mod scripted_server;
mod server_certificate;
mod service;
mod tls;
mod verdict;

pub use builder::Builder;
pub use ca::Ca;
pub use client_identity::ClientIdentity;
pub use clock::Clock;
pub use credentials::Credentials;
pub use error::Error;
pub use event::{ConnectionEvent, Event, ProxyCredentials};
pub use gate::{ConnectionGates, Gates};
pub use hex::{fingerprint, hex};
pub use issued_certificate::IssuedCertificate;
pub use leaf::Leaf;
pub use listener::Listener;
pub use log::{ConnectionLog, EventLog, Recorder, beginning};
pub use mock_server::MockServer;
pub use point::Point;
pub use random::{random, random_serial};
pub use script::Script;
pub use script::client_auth::{Alert, ClientAuth, Ending};
pub use script::handshake::{Alpn, Handshake, KeyExchange, Tickets, Versions};
pub use script::http2::Http2;
pub use script::proxy::{
    ProxyAuthentication, ProxyDelivery, ProxyResponse, ProxyScript, ProxyTls, ProxyVersion,
};
pub use script::queue::ScriptQueue;
pub use script::reply::{Afterwards, Body, Delivery, Framing, Moment, Reply};
pub use script::response::ScriptedResponse;
pub use scripted_server::{AcceptedConnection, ScriptedServer};
pub use server_certificate::ServerCertificate;
pub use verdict::{Refusal, Verdict};
