//! The form of the bytes makes no difference: compression, lengths, nulls, dates, versions of HTTP,
//! modes, a proxy.

use mock_napi::{
    Account, BodyFraming, Compression, ConnectionEvent, DateFormat, EventKind, NullMembers,
    ProxyCredentials, ServiceSettings,
};
use napi::{BaseUrl, Client, verifications::RecordStatus};
use test_support::{Customer, Mock};
use transport::{Alpn, Proxy};

use super::{Environment, country};

impl Environment {
    fn client_over(&self, alpn: Alpn, path: &str) -> Client {
        let identity = self.customer.identity().unwrap();
        let settings = self.mock.trusted().unwrap().identity(&identity).alpn(alpn);
        let base_url: BaseUrl = format!("{}{path}", self.mock.base_url()).parse().unwrap();
        let credentials = self.customer.credentials().unwrap();
        Client::over_mtls(settings.build().unwrap(), base_url, credentials)
    }
}

#[tokio::test]
async fn lengths_and_compression_change_nothing_that_is_read() {
    let environment = Environment::new().await;
    let plain = ServiceSettings::new().compression(Compression::Never);
    let mut read = Vec::new();
    for alpn in [Alpn::Http11, Alpn::Http2] {
        let client = environment.client_over(alpn, "");
        for settings in [
            ServiceSettings::new(),
            ServiceSettings::new().length(BodyFraming::Chunked),
            plain.clone(),
            plain.clone().length(BodyFraming::Chunked),
        ] {
            environment.set(&settings).await;
            read.push(client.fields(&country("AU")).await.unwrap());
        }
    }
    assert!(read.windows(2).all(|two| two[0] == two[1]));
}

#[tokio::test]
async fn nulls_and_dates_change_nothing_that_is_read() {
    let environment = Environment::new().await;
    let request = environment.first_person("AU").await;
    for nulls in [NullMembers::LeftOut, NullMembers::Written] {
        for dates in [
            DateFormat::WithoutZone,
            DateFormat::Fractions,
            DateFormat::Zulu,
        ] {
            let settings = ServiceSettings::new().nulls(nulls).dates(dates);
            environment.set(&settings).await;
            let result = environment.verified(&request).await;
            assert_eq!(result.status(), Some(&RecordStatus::MATCH));
            assert_eq!(result.customer_reference_id, None);
            let record = result.record.as_ref().unwrap();
            let fields = &record.datasource_results[0].datasource_fields;
            assert!(fields.iter().all(|field| field.match_precision.is_none()));
            for date in [&result.uploaded_dt, &result.completed_dt] {
                let time = date.as_ref().unwrap().time().unwrap();
                let age = std::time::SystemTime::now().duration_since(time).unwrap();
                assert!(age.as_secs() < 60, "{dates:?}");
            }
        }
    }
}

#[tokio::test]
async fn one_connection_serves_many_calls_whatever_they_are() {
    for alpn in [Alpn::Http11, Alpn::Http2] {
        let environment = Environment::new().await;
        let client = environment.client_over(alpn, "");
        for code in ["AU", "CA", "GB"] {
            client.consents(&country(code)).await.unwrap();
            client.say_hello("you").await.unwrap();
            // A refusal keeps the connection.
            client.fields(&country("ZZ")).await.unwrap_err();
        }
        let events = environment.portal.events().await.unwrap();
        let accepted = events
            .iter()
            .filter(|it| it.kind == EventKind::Connection(ConnectionEvent::Accepted));
        assert_eq!(accepted.count(), 1, "{alpn:?}");
        assert_eq!(environment.requests().await.len(), 9);
    }
}

#[tokio::test]
async fn a_mode_may_stand_before_the_paths() {
    let environment = Environment::new().await;
    for mode in ["/trial", "/live", "/live/"] {
        let client = environment.client_over(Alpn::default(), mode);
        client.country_codes().await.unwrap();
    }
    let path = "configuration/v1/countrycodes/Identity%20Verification 200 acme-api";
    let expected = ["trial", "live", "live"].map(|mode| format!("GET /{mode}/{path}"));
    assert_eq!(environment.requests().await, expected);
}

#[tokio::test]
async fn rotated_identity_is_presented_by_the_next_call() {
    let environment = Environment::new().await;
    let first = environment.customer.identity().unwrap();
    let other = Customer::enrolled(Account::ACME, &environment.portal).await;
    let other = other.unwrap().identity().unwrap();
    let connector = environment.mock.trusted().unwrap().identity(&first);
    let transport = transport::MtlsClient::builder(connector.build().unwrap()).build();
    let base_url = environment.mock.base_url().parse().unwrap();
    let credentials = environment.customer.credentials().unwrap();
    let client: Client = Client::new(transport.clone(), base_url, credentials);
    client.test_authentication().await.unwrap();
    transport.rotate([&other]).unwrap();
    client.test_authentication().await.unwrap();
    let events = environment.portal.events().await.unwrap();
    let seen: Vec<_> = events
        .into_iter()
        .filter_map(|event| match event.kind {
            EventKind::Request {
                client_certificate_sha256,
                ..
            } => client_certificate_sha256,
            _ => None,
        })
        .collect();
    let expected = [&first, &other].map(|identity| identity.leaf().sha256().to_string());
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn proxy_sees_neither_certificate_nor_path_of_a_call() {
    let mock = Mock::with_proxy().await.unwrap();
    let portal = mock.portal();
    let customer = Customer::enrolled(Account::ACME, &portal).await.unwrap();
    let proxy = Proxy::http(mock.proxy_url().unwrap()).unwrap();
    let connector = mock.trusted().unwrap().proxy(proxy);
    let connector = connector.identity(&customer.identity().unwrap()).build();
    let transport = transport::MtlsClient::builder(connector.unwrap()).build();
    let base_url: BaseUrl = mock.base_url().parse().unwrap();
    let client = Client::new(transport, base_url, customer.credentials().unwrap());
    let codes = client.country_codes().await.unwrap();
    assert!(codes.contains(&country("AU")));
    let events = portal.events().await.unwrap();
    let proxied = events.iter().find_map(|event| match &event.kind {
        EventKind::Connection(ConnectionEvent::ProxyRequest {
            method,
            target,
            credentials,
            client_certificate_sha256,
            status,
        }) => Some((
            method.as_deref(),
            target.as_deref(),
            *credentials,
            client_certificate_sha256.is_none(),
            *status,
        )),
        _ => None,
    });
    let target = mock.base_url().strip_prefix("https://");
    let expected = (
        Some("CONNECT"),
        target,
        ProxyCredentials::None,
        true,
        Some(200),
    );
    assert_eq!(proxied, Some(expected));
    let served = events.iter().any(|event| {
        matches!(&event.kind, EventKind::Request { user: Some(user), .. } if user == "acme-api")
    });
    assert!(served);
}
