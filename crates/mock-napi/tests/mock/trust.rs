//! Revocation lists, a server certificate that changes, and clocks that disagree.

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use mock_napi::{
    Account, ConnectionEvent, EventKind, MockNapi, Refusal, Script, ServerCertificate, Verdict,
};
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::time_provider::TimeProvider;
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use test_client::tls_error;
use tokio::net::TcpStream;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use crate::client::{Client, ClientResponse, header, issued, portal, text, upload};
use crate::events::{kinds_of, start};
use crate::request::Request;

const HELLO: &str = "/connection/v1/sayhello/you";
const LISTS: &str = "/mock/v1/revocations";

fn roots(mock: &MockNapi) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(mock.ca_certificate_pem().as_bytes()).unwrap();
    roots.add(ca).unwrap();
    Arc::new(roots)
}

/// Returns a client that looks into this list, and has no certificate.
fn looking_into(mock: &MockNapi, list: CertificateRevocationListDer<'static>) -> Client {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots(mock), Arc::clone(&provider))
        .with_crls([list])
        .build()
        .unwrap();
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_webpki_verifier(verifier)
        .with_no_client_auth();
    Client::from_config(config)
}

/// Returns what the client says of the server, and which alert the server logs that it got.
async fn refused_server(mock: &MockNapi, client: &Client) -> (CertificateError, String) {
    let tcp = TcpStream::connect(mock.mtls_addr()).await.unwrap();
    let peer = tcp.local_addr().unwrap();
    let error = client.connect_from(tcp).await.unwrap_err();
    let Some(rustls::Error::InvalidCertificate(verdict)) = tls_error(&error) else {
        panic!("{error:?}");
    };
    let alert = kinds_of(mock, peer)
        .await
        .into_iter()
        .find_map(|kind| match kind {
            EventKind::Connection(ConnectionEvent::HandshakeFailed { alert_received, .. }) => {
                alert_received
            }
            _ => None,
        });
    (verdict, alert.unwrap())
}

async fn get(mock: &MockNapi, path: &str) -> ClientResponse {
    portal(mock, "GET", path, None, "").await
}

async fn put(mock: &MockNapi, path: &str, body: &'static str) -> StatusCode {
    portal(mock, "PUT", path, None, body).await.status()
}

#[tokio::test]
async fn only_clients_that_check_refuse_revoked_servers() {
    let mock = MockNapi::builder()
        .server_certificate(ServerCertificate::Revoked)
        .start()
        .await
        .unwrap();
    let pem = mock.server_revocation_list_pem().unwrap();
    let list = CertificateRevocationListDer::from_pem_slice(pem.as_bytes()).unwrap();
    let client = looking_into(&mock, list);
    let (verdict, alert) = refused_server(&mock, &client).await;
    assert_eq!(verdict, CertificateError::Revoked);
    assert_eq!(alert, "CertificateRevoked");

    let identity = issued(&mock, Account::ACME, "").await;
    let careless = Client::new(mock.ca_certificate_pem(), &identity);
    assert_eq!(
        careless.get(mock.mtls_addr(), HELLO, None).await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn earlier_list_names_a_scripts_revoked_certificate_alone() {
    let mock = start().await;
    let der = mock.server_revocation_list_der().unwrap();
    let client = looking_into(&mock, der.into());
    mock.enqueue(Script::new().server_certificate(ServerCertificate::Revoked));
    let (verdict, _) = refused_server(&mock, &client).await;
    assert_eq!(verdict, CertificateError::Revoked);
    for script in [
        Script::new(),
        Script::new().server_certificate(ServerCertificate::Valid),
    ] {
        mock.enqueue(script);
        let (_, alert) = client.refused(mock.mtls_addr()).await;
        assert_eq!(alert, AlertDescription::CertificateRequired);
    }
}

#[tokio::test]
async fn the_control_port_hands_out_both_lists_in_both_forms() {
    let mock = start().await;
    let issued = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    let serials = async |name: &str| {
        let der = get(&mock, &format!("{LISTS}/{name}.crl")).await;
        assert_eq!(header(&der, "content-type"), "application/pkix-crl");
        let pem = get(&mock, &format!("{LISTS}/{name}.pem")).await;
        let from_pem = CertificateRevocationListDer::from_pem_slice(pem.body()).unwrap();
        let list = |der: &[u8]| {
            let (_, list) = CertificateRevocationList::from_der(der).unwrap();
            let revoked = list.iter_revoked_certificates();
            let serials = revoked.map(|entry| entry.raw_serial().to_vec());
            serials.collect::<Vec<_>>()
        };
        assert_eq!(list(der.body()), list(&from_pem));
        list(der.body())
    };
    assert_eq!(serials("server").await.len(), 1);
    assert!(serials("client").await.is_empty());

    let path = format!("/portal/v1/certificates/{}", header(&issued, "x-serial"));
    for _ in 0..2 {
        portal(&mock, "DELETE", &path, Some(Account::ACME.portal()), "").await;
    }
    let der = CertificateDer::from_pem_slice(issued.body()).unwrap();
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    assert_eq!(serials("client").await, [certificate.raw_serial()]);
    let missing = get(&mock, &format!("{LISTS}/other.crl")).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_server_certificate_changes_for_all_connections_that_follow() {
    let mock = start().await;
    let identity = issued(&mock, Account::ACME, "").await;
    let client = Client::new(mock.ca_certificate_pem(), &identity);
    assert_eq!(
        client.get(mock.mtls_addr(), HELLO, None).await.status(),
        StatusCode::OK
    );

    mock.change_server_certificate(ServerCertificate::Expired)
        .unwrap();
    for _ in 0..2 {
        // The session that the client has is forgotten, or it would see no certificate.
        let (verdict, alert) = refused_server(&mock, &client).await;
        assert!(matches!(verdict, CertificateError::ExpiredContext { .. }));
        assert_eq!(alert, "CertificateExpired");
    }
    let path = "/mock/v1/server_certificate";
    let changed = put(&mock, path, r#""other_name""#).await;
    assert_eq!(changed, StatusCode::NO_CONTENT);
    let (verdict, _) = refused_server(&mock, &client).await;
    assert!(matches!(
        verdict,
        CertificateError::NotValidForNameContext { .. }
    ));
    assert_eq!(put(&mock, path, r#""best""#).await, StatusCode::BAD_REQUEST);
    put(&mock, path, r#""valid""#).await;
    assert_eq!(
        client.get(mock.mtls_addr(), HELLO, None).await.status(),
        StatusCode::OK
    );
}

/// A clock that is moved by so many seconds.
#[derive(Debug)]
struct Moved(i64);

impl TimeProvider for Moved {
    fn current_time(&self) -> Option<UnixTime> {
        let now = UnixTime::now().as_secs().checked_add_signed(self.0)?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(now)))
    }
}

/// Returns the mock's verdicts on client certificates, in order.
fn verdicts(mock: &MockNapi) -> Vec<Verdict> {
    let kinds = mock.events().into_iter().map(|event| event.kind);
    let verdicts = kinds.filter_map(|kind| match kind {
        EventKind::Connection(ConnectionEvent::ClientCertificate { verdict, .. }) => Some(verdict),
        _ => None,
    });
    verdicts.collect()
}

const TEN_MINUTES: i64 = 600;

#[tokio::test]
async fn server_clock_ahead_expires_a_live_certificate() {
    let mock = start().await;
    let query = format!("?valid_to={}", TEN_MINUTES / 2);
    let identity = issued(&mock, Account::ACME, &query).await;
    let client = Client::new(mock.ca_certificate_pem(), &identity);
    assert_eq!(
        client.get(mock.mtls_addr(), HELLO, None).await.status(),
        StatusCode::OK
    );

    mock.set_clock(TEN_MINUTES);
    let client = Client::new(mock.ca_certificate_pem(), &identity);
    let (_, alert) = client.refused(mock.mtls_addr()).await;
    assert_eq!(alert, AlertDescription::CertificateExpired);
    let reason = Refusal::Expired;
    assert_eq!(
        verdicts(&mock),
        [Verdict::Accepted, Verdict::Refused { reason }]
    );
}

#[tokio::test]
async fn server_clock_behind_finds_certificate_not_yet_valid() {
    let mock = start().await;
    let identity = issued(&mock, Account::ACME, "").await;
    let moved = put(&mock, "/mock/v1/clock", r#"{"offset_seconds":-600}"#).await;
    assert_eq!(moved, StatusCode::NO_CONTENT);
    let (_, alert) = Client::new(mock.ca_certificate_pem(), &identity)
        .refused(mock.mtls_addr())
        .await;
    assert_eq!(alert, AlertDescription::CertificateExpired);
    let reason = Refusal::NotYetValid;
    assert_eq!(verdicts(&mock), [Verdict::Refused { reason }]);

    // Issued by the same clock, it is good.
    let identity = issued(&mock, Account::ACME, "").await;
    let response = Client::new(mock.ca_certificate_pem(), &identity)
        .get(mock.mtls_addr(), HELLO, None)
        .await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_a_mock_issues_is_dated_by_its_clock() {
    let mock = MockNapi::builder()
        .clock(TEN_MINUTES)
        .start()
        .await
        .unwrap();
    let issued = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    let der = CertificateDer::from_pem_slice(issued.body()).unwrap();
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    let begin = certificate.validity().not_before.timestamp();
    let ahead = begin - i64::try_from(UnixTime::now().as_secs()).unwrap();
    assert!((500..=TEN_MINUTES).contains(&ahead), "{ahead}");
}

#[tokio::test]
async fn a_client_whose_clock_is_ahead_finds_the_server_expired() {
    let mock = start().await;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let days = 91 * 24 * 60 * 60;
    for (offset, is_let_in) in [(days, false), (TEN_MINUTES, true)] {
        let clock = Arc::new(Moved(offset));
        let config = ClientConfig::builder_with_details(Arc::clone(&provider), clock)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots(&mock))
            .with_no_client_auth();
        let client = Client::from_config(config);
        if is_let_in {
            let (_, alert) = client.refused(mock.mtls_addr()).await;
            assert_eq!(alert, AlertDescription::CertificateRequired);
        } else {
            let (verdict, alert) = refused_server(&mock, &client).await;
            assert!(matches!(verdict, CertificateError::ExpiredContext { .. }));
            assert_eq!(alert, "CertificateExpired");
        }
    }
}

#[tokio::test]
async fn the_control_port_tells_and_sets_the_clock() {
    let mock = start().await;
    let told = async || text(&get(&mock, "/mock/v1/clock").await).to_owned();
    assert_eq!(told().await, r#"{"offset_seconds":0}"#);
    put(&mock, "/mock/v1/clock", r#"{"offset_seconds":600}"#).await;
    assert_eq!(told().await, r#"{"offset_seconds":600}"#);
    let misspelt = put(&mock, "/mock/v1/clock", r#"{"offset":600}"#).await;
    assert_eq!(misspelt, StatusCode::BAD_REQUEST);
}
