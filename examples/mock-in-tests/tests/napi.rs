//! The project's function against the mock: a mock of its own for each test, on free ports.

use mock_in_tests::is_match;
use mock_napi::{Account, ClientIdentity, EventKind, MockNapi};
use napi::verifications::VerifyRequest;
use napi::{BaseUrl, Client, CountryCode, Credentials};
use transport::{ClientCertificateProblem, ErrorKind, MtlsConnector, TrustAnchors};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Makes the client that the project has in production, but for URL, CA and certificate.
fn client(mock: &MockNapi, files: &ClientIdentity) -> Result<Client> {
    let (certificate, key) = (files.certificate_pem(), files.secret_key_pem());
    let loaded = identity::Loader::new().load(certificate.as_bytes(), key.as_bytes())?;
    let connector = MtlsConnector::builder(TrustAnchors::from_pem(mock.ca_certificate_pem())?)
        .identity(loaded.identity())
        .build()?;
    let user = Account::ACME.api();
    let credentials = Credentials::basic(user.user(), user.secret_password())?;
    let base_url: BaseUrl = mock.base_url().parse()?;
    Ok(Client::over_mtls(connector, base_url, credentials))
}

/// Returns a request for the first test entity of a country, with all of its consents.
async fn known_person(client: &Client) -> Result<VerifyRequest> {
    let country: CountryCode = "AU".parse()?;
    let person = client.test_entities(&country).await?.remove(0);
    let consents = client.consents(&country).await?;
    Ok(VerifyRequest::new(country, person).consent_for_data_sources(consents))
}

fn verifications(mock: &MockNapi) -> usize {
    let events = mock.events().into_iter();
    let verified = events.filter(|event| matches!(event.kind, EventKind::Transaction { .. }));
    verified.count()
}

#[tokio::test]
async fn known_person_matches_and_is_billed_once() -> Result {
    let mock = MockNapi::builder().start().await?;
    let client = client(&mock, &mock.client_identity("acme")?)?;
    assert!(is_match(&client, &known_person(&client).await?).await?);
    assert_eq!(verifications(&mock), 1);
    Ok(())
}

#[tokio::test]
async fn expired_certificate_is_named_and_nothing_is_billed() -> Result {
    let mock = MockNapi::builder().start().await?;
    let files = mock.client_identity("acme")?;
    let other = client(&mock, &files)?;
    let request = known_person(&other).await?;
    // Two years later, by the clock of the mock alone.
    mock.set_clock(2 * 365 * 24 * 60 * 60);
    let error = is_match(&client(&mock, &files)?, &request).await.unwrap_err();
    let kind = error.transport().map(transport::Error::kind);
    let expired = ErrorKind::ClientCertificate(ClientCertificateProblem::Expired);
    assert_eq!(kind, Some(expired), "{error}");
    assert_eq!(verifications(&mock), 0);
    Ok(())
}

#[tokio::test]
async fn pending_verification_is_waited_for() -> Result {
    let mock = MockNapi::builder().start().await?;
    let client = client(&mock, &mock.client_identity("acme")?)?;
    let request = known_person(&client).await?;
    let unused = "https://api.trulioo.com/connection/v1/async-callback";
    assert!(is_match(&client, &request.callback_url(unused)).await?);
    let polls = mock.events().into_iter().filter(|event| {
        matches!(&event.kind, EventKind::Request { path, .. } if path.ends_with("/status"))
    });
    assert!(polls.count() >= 2);
    assert_eq!(verifications(&mock), 1);
    Ok(())
}
