//! A mock that other machines reach: its address, its names, its certificate.

use std::net::{IpAddr, Ipv4Addr};

use hyper::StatusCode;
use mock_napi::{Error, MockNapi};
use tokio::net::TcpStream;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use crate::client::{Client, Identity, browse_at};

/// Another address of loopback, which Linux has without being asked.
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

#[cfg(target_os = "linux")]
#[tokio::test]
async fn all_ports_but_the_proxys_are_on_that_address() {
    let mock = MockNapi::builder()
        .bind(OTHER)
        .proxy()
        .start()
        .await
        .unwrap();
    for address in [mock.mtls_addr(), mock.plain_addr()] {
        assert_eq!(address.ip(), OTHER);
        TcpStream::connect(address).await.unwrap();
        let local = (Ipv4Addr::LOCALHOST, address.port());
        TcpStream::connect(local).await.unwrap_err();
    }
    assert!(mock.portal_url().starts_with("http://127.0.0.2:"));
    assert_eq!(mock.proxy_addr().unwrap().ip(), Ipv4Addr::LOCALHOST);
}

#[tokio::test]
async fn address_of_another_machine_is_refused_by_name() {
    // A network for documentation (RFC 5737).
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let error = MockNapi::builder().bind(address).start().await.unwrap_err();
    assert!(error.to_string().contains("of 192.0.2.1"), "{error}");
}

#[tokio::test]
async fn names_are_in_urls_certificate_and_host() {
    let builder = MockNapi::builder().server_name("mock.example");
    let mock = builder.server_name("fd00::1").start().await.unwrap();
    let port = mock.mtls_addr().port();
    assert_eq!(mock.base_url(), format!("https://mock.example:{port}"));
    assert!(mock.portal_url().starts_with("http://mock.example:"));

    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
    let stream = client.connect(mock.plain_addr()).await.unwrap();
    let (_, session) = stream.get_ref();
    let chain = session.peer_certificates().unwrap();
    let (_, certificate) = X509Certificate::from_der(&chain[0]).unwrap();
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let names = &names.value.general_names;
    assert!(names.contains(&GeneralName::DNSName("localhost")));
    assert!(names.contains(&GeneralName::DNSName("mock.example")));
    let address = "fd00::1".parse::<std::net::Ipv6Addr>().unwrap().octets();
    assert!(names.contains(&GeneralName::IPAddress(&address)));
}

#[tokio::test]
async fn portal_takes_the_names_that_it_was_given_alone() {
    let mock = MockNapi::builder().server_name("mock.example");
    let mock = mock.start().await.unwrap();
    let (_, port) = mock.portal_url().rsplit_once(':').unwrap();
    let local = format!("127.0.0.1:{port}");
    for (host, status) in [
        ("mock.example", StatusCode::OK),
        ("other.example", StatusCode::FORBIDDEN),
    ] {
        let response = browse_at(
            &local,
            "GET",
            "/mock/v1/clock",
            &[("host", &format!("{host}:{port}"))],
            "",
        )
        .await;
        assert_eq!(response.status(), status, "{host}");
    }
}

#[tokio::test]
async fn name_that_no_certificate_has_is_refused() {
    for name in ["", "a b", "mock.example:8443", "*.example", "[::1]", "-a"] {
        let started = MockNapi::builder().server_name(name).start().await;
        assert!(matches!(started, Err(Error::ServerName { .. })), "{name}");
    }
}
