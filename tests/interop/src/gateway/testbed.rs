//! The gateways of this group, and the servers behind them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    Request, Response,
    header::{AUTHORIZATION, CONNECTION, HOST, VIA},
};
use identity::Loader;
use mock_napi::{Account, EventKind};
use mock_tls::{ConnectionEvent, MockServer};
use test_support::{Customer, Mock};

use crate::{
    context::Context,
    example,
    gateway::{
        caller::{Call, Caller, Transport},
        case::Case,
        relay::Relays,
        running_gateway::RunningGateway,
    },
    programs::NAPI,
    tool::Place,
};

/// Gateways to the mock, one of them with a certificate that was revoked, and one to a server that
/// keeps what it receives.
#[derive(Debug)]
pub(super) struct Testbed {
    mock: Mock,
    _customers: [Customer; 2],
    good: RunningGateway,
    revoked: RunningGateway,
    keeping: KeepingServer,
    to_keeping: RunningGateway,
    folder: PathBuf,
    short_request: PathBuf,
    long_request: PathBuf,
}

/// A server that keeps every request, and responds with the same long body.
#[derive(Debug)]
struct KeepingServer {
    server: MockServer,
    received: Arc<Mutex<Vec<Request<Bytes>>>>,
    body: String,
    /// SHA-256 of the gateway's certificate.
    certificate: String,
}

/// The bytes of a long body: what the gateway keeps at most to send it again.
const LONG: usize = 64 * 1024;

impl Testbed {
    pub(super) async fn new(context: &Context) -> anyhow::Result<Self> {
        let napi = NAPI.find_in(Place::Beside).await?;
        let folder = context.new_folder("gateway")?;
        let mock = Mock::start().await?;
        let portal = mock.portal();
        let customers = [
            Customer::enrolled(Account::ACME, &portal).await?,
            Customer::enrolled(Account::ACME, &portal).await?,
        ];
        portal.revoke_last(Account::ACME).await?;
        let ca_file = folder.join("ca.pem");
        fs::write(&ca_file, mock.ca_pem())?;
        let [good, revoked] = &customers;
        let url = mock.base_url();
        let good = RunningGateway::start(&napi, good.folder(), url, &ca_file).await?;
        let revoked = RunningGateway::start(&napi, revoked.folder(), url, &ca_file).await?;

        let identities = context.new_folder("gateway-identities")?;
        let keeping = KeepingServer::start(&identities).await?;
        let (url, ca) = (
            keeping.server.base_url(),
            keeping.server.ca_certificate_pem(),
        );
        let ca_file = folder.join("keeping-ca.pem");
        fs::write(&ca_file, ca)?;
        let to_keeping = RunningGateway::start(&napi, &identities, url, &ca_file).await?;
        let long_request = folder.join("long-request.json");
        fs::write(&long_request, long_json("request", ""))?;
        Ok(Self {
            mock,
            _customers: customers,
            good,
            revoked,
            keeping,
            to_keeping,
            folder,
            short_request: example::page("request.json"),
            long_request,
        })
    }

    /// Returns the folder for what callers build.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the long body with which the keeping server responds.
    pub(super) fn body(&self) -> &str {
        &self.keeping.body
    }

    /// Returns the relays in front of the gateway of a case.
    pub(super) fn relays(&self, case: Case) -> &Relays {
        &self.gateway(case).relays
    }

    /// Returns the events of the mock so far; none where it is not asked.
    pub(super) async fn events(&self, case: Case) -> anyhow::Result<Vec<EventKind>> {
        if case == Case::LongBodies {
            return Ok(Vec::new());
        }
        let events = self.mock.portal().events().await?;
        Ok(events.into_iter().map(|event| event.kind).collect())
    }

    /// Returns what a caller is given.
    pub(super) fn call(&self, case: Case, transport: Transport) -> Call<'_> {
        let gateway = self.gateway(case);
        let user = Account::ACME.api();
        Call {
            gateway: match transport {
                Transport::Tcp | Transport::H2c => gateway.relays.url(),
                Transport::Unix => format!("unix:{}", gateway.socket().display()),
            },
            user: user.user(),
            password: match case {
                Case::WrongPassword => "another password",
                _ => user.secret_password(),
            },
            request: match case {
                Case::LongBodies => &self.long_request,
                _ => &self.short_request,
            },
        }
    }

    /// Takes what the keeping server has received since it was last asked.
    pub(super) fn take_received(&self) -> Vec<Request<Bytes>> {
        let mut received = self.keeping.received.lock();
        std::mem::take(
            received
                .as_mut()
                .unwrap_or_else(|poisoned| poisoned.get_mut()),
        )
    }

    /// Tells whether the requests of a case arrived whole, each as the gateway has to forward it.
    pub(super) fn is_whole(
        &self,
        case: Case,
        caller: &Caller,
        received: &[Request<Bytes>],
    ) -> bool {
        if case != Case::LongBodies {
            return received.is_empty();
        }
        let Ok(sent) = fs::read(&self.long_request) else {
            return false;
        };
        let bodies: Vec<_> = received.iter().map(|it| &**it.body()).collect();
        bodies == [&b""[..], &sent]
            && received.iter().all(|it| self.is_forwarded(it, caller))
            && self.is_presented()
    }

    /// Checks the fields that the gateway sets, passes on and ends.
    fn is_forwarded(&self, request: &Request<Bytes>, caller: &Caller) -> bool {
        let fields = request.headers();
        let via = match caller.transport {
            Transport::H2c => "2.0 napi-mtls-gateway",
            Transport::Tcp | Transport::Unix => "1.1 napi-mtls-gateway",
        };
        let host = self
            .keeping
            .server
            .base_url()
            .trim_start_matches("https://");
        let user = Account::ACME.api();
        let pair = format!("{}:{}", user.user(), user.secret_password());
        let basic = format!("Basic {}", STANDARD.encode(pair));
        let has = |name, value: &str| fields.get(name).is_some_and(|it| it == value);
        let authority = request.uri().authority();
        // Over HTTP/2 the host is the authority of the URI.
        let is_host = match authority {
            Some(authority) => authority == host,
            None => has(HOST, host),
        };
        has(VIA, via) && is_host && has(AUTHORIZATION, &basic) && !fields.contains_key(CONNECTION)
    }

    /// Checks that every request of the keeping server came with the gateway's certificate.
    fn is_presented(&self) -> bool {
        let events = self.keeping.server.events();
        let mut presented = events.iter().filter_map(|event| match &event.kind {
            ConnectionEvent::RequestServed {
                client_certificate_sha256,
                ..
            } => Some(client_certificate_sha256),
            _ => None,
        });
        let expected = &self.keeping.certificate;
        presented.all(|it| it.as_ref() == Some(expected))
    }

    fn gateway(&self, case: Case) -> &RunningGateway {
        match case {
            Case::Guide | Case::WrongPassword => &self.good,
            Case::Revoked => &self.revoked,
            Case::LongBodies => &self.to_keeping,
        }
    }
}

impl KeepingServer {
    /// Starts it, and writes the pair of its client.
    async fn start(identities: &Path) -> anyhow::Result<Self> {
        let record = r#""Record":{"TransactionRecordID":"long-record","RecordStatus":"match"},"#;
        let body = long_json("response", record);
        let received = Arc::<Mutex<Vec<_>>>::default();
        let (kept, response) = (Arc::clone(&received), Bytes::from(body.clone()));
        let server = MockServer::builder().respond(move |request| {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(request);
            let mut response = Response::new(response.clone());
            let json = http::HeaderValue::from_static("application/json");
            response.headers_mut().insert("content-type", json);
            response
        });
        let server = server.start().await?;
        let client = server.client_identity()?;
        let (certificate, key) = (client.certificate_pem(), client.secret_key_pem());
        fs::write(identities.join("napi.pem"), certificate)?;
        fs::write(identities.join("napi.key"), key)?;
        let (identity, _) = Loader::new()
            .load(certificate.as_bytes(), key.as_bytes())?
            .into_parts();
        Ok(Self {
            server,
            received,
            body,
            certificate: identity.leaf().sha256().to_string(),
        })
    }
}

/// Returns an object of [`LONG`] bytes of which no part is like another.
fn long_json(name: &str, members: &str) -> String {
    let mut text = format!("{{{members}\"{name}\":\"");
    let end = "\"}";
    let mut number = 0;
    while text.len() + end.len() < LONG {
        text += &format!("{number:x}.");
        number += 1;
    }
    text.truncate(LONG - end.len());
    text + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_object_is_json_of_its_length() {
        let json = long_json("a", "\"b\":1,");
        assert_eq!(json.len(), LONG);
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["b"], 1);
        assert!(read["a"].as_str().unwrap().starts_with("0.1.2."));
    }
}
