//! Every operation of NAPI over mutual TLS: what the client got, and what the service saw of it.
//!
//! The mock's data of each country is read from its files, so that a country counts as soon as it
//! has data.

mod configuration;
mod connection;
mod errors;
mod forms;
mod giving_up;
mod later;
mod metadata;
mod odd_bodies;
mod retries;
mod search;
mod service_errors;
mod verifications;
mod version3;
mod wire;

use std::{collections::BTreeSet, fs};

use mock_napi::{Account, EventKind, ServiceSettings};
use napi::{Client, CountryCode};
use serde_json::{Map, Value};
use test_support::{Customer, Mock, Portal};

/// The countries that the mock has data of.
const COUNTRIES: [&str; 5] = ["AU", "CA", "GB", "IT", "US"];

/// A mock, a customer of its account `acme` with a certificate, and a client of both.
struct Environment {
    mock: Mock,
    portal: Portal,
    customer: Customer,
    client: Client,
}

/// A verification or a search, as the service logs it.
#[derive(Debug, PartialEq)]
struct Transaction {
    id: String,
    record_id: String,
    country: String,
    inputs: BTreeSet<String>,
    is_match: bool,
    is_pending: bool,
}

impl Environment {
    /// Starts the service as it is by default.
    async fn new() -> Self {
        let mock = Mock::start().await.unwrap();
        let portal = mock.portal();
        let customer = Customer::enrolled(Account::ACME, &portal).await.unwrap();
        let client = customer.client(&mock).unwrap();
        Self {
            mock,
            portal,
            customer,
            client,
        }
    }

    /// Starts the service with these settings.
    async fn with(settings: ServiceSettings) -> Self {
        let environment = Self::new().await;
        environment.set(&settings).await;
        environment
    }

    async fn set(&self, settings: &ServiceSettings) {
        self.portal.set_service(settings).await.unwrap();
    }

    /// Returns the requests that the service answered, in order, as `GET /path 200 user`; without a
    /// user, as `GET /path 200 -`.
    ///
    /// All came over connections with the customer's own certificate.
    async fn requests(&self) -> Vec<String> {
        let certificate = self
            .customer
            .identity()
            .unwrap()
            .leaf()
            .sha256()
            .to_string();
        let events = self.portal.events().await.unwrap();
        let requests = events.into_iter().filter_map(|event| match event.kind {
            EventKind::Request {
                method,
                path,
                status,
                user,
                account,
                client_certificate_sha256,
                ..
            } => {
                assert_eq!(account.as_deref(), Some("acme"));
                assert_eq!(client_certificate_sha256.as_deref(), Some(&*certificate));
                let user = user.as_deref().unwrap_or("-");
                Some(format!("{method} {path} {status} {user}"))
            }
            _ => None,
        });
        requests.collect()
    }

    /// Returns the verifications and searches that the service understood, in order.
    async fn transactions(&self) -> Vec<Transaction> {
        let events = self.portal.events().await.unwrap();
        let transactions = events.into_iter().filter_map(|event| match event.kind {
            EventKind::Transaction {
                transaction_id,
                transaction_record_id,
                country,
                inputs,
                is_match,
                is_pending,
            } => Some(Transaction {
                id: transaction_id,
                record_id: transaction_record_id,
                country,
                inputs: inputs.into_iter().collect(),
                is_match,
                is_pending,
            }),
            _ => None,
        });
        transactions.collect()
    }

    /// Returns the last of them.
    async fn last_transaction(&self) -> Transaction {
        self.transactions().await.pop().unwrap()
    }
}

fn country(code: &str) -> CountryCode {
    code.parse().unwrap()
}

/// Reads the mock's data of a country.
fn known(country: &str) -> Map<String, Value> {
    let file = format!(
        "{}/../../crates/mock-napi/data/{country}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}
