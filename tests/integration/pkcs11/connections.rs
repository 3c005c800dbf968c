//! Connections to the mock with a key in a token.

use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use identity::{FileSource, Fingerprint, Identity, Loader, SignerProblem};
use mock_napi::{Account, Script, Versions};
use napi::{BaseUrl, Client};
use pkcs11::TokenKey;
use test_support::{Customer, Mock};
use tokio::task::JoinSet;
use tower::ServiceExt;
use transport::{ConnectionInfo, ErrorKind, IdentityReloader, MtlsClient, MtlsConnectorBuilder};

use super::requests::request;
use super::soft_hsm::{SoftHsm, pin};

/// A mock, and a token with a key that has a certificate of its portal.
struct Setting {
    hsm: SoftHsm,
    mock: Mock,
    key: Arc<TokenKey>,
    /// In PEM.
    certificate: String,
}

type Transport = MtlsClient<Full<Bytes>>;

impl Setting {
    /// Returns none where the test has run in a process of its own.
    async fn of(test: &str) -> Option<Self> {
        let hsm = SoftHsm::in_test(&format!("pkcs11::connections::{test}"))?;
        hsm.token("napi");
        let mock = Mock::start().await.unwrap();
        let key = TokenKey::make(&hsm.uri("object=client"), pin()).unwrap();
        let certificate = certificate(&mock, &key).await;
        Some(Self {
            hsm,
            mock,
            key: Arc::new(key),
            certificate,
        })
    }

    fn identity(&self) -> Identity {
        let signer = Arc::clone(&self.key) as _;
        let loaded = Loader::new().load_with_signer(self.certificate.as_bytes(), signer);
        loaded.unwrap().into_parts().0
    }

    fn trusted(&self) -> MtlsConnectorBuilder {
        self.mock.trusted().unwrap()
    }

    async fn hello(&self) -> Result<String, napi::Error> {
        let base_url: BaseUrl = self.mock.base_url().parse().unwrap();
        let customer = Customer::new(Account::ACME).unwrap();
        let credentials = customer.credentials().unwrap();
        let connector = self.trusted().identity(&self.identity()).build();
        let client = Client::over_mtls(connector.unwrap(), base_url, credentials);
        client.say_hello("Joe Napoli").await
    }

    /// Asks for something that only a client with an accepted certificate is told is not there, and
    /// returns the certificate of the connection.
    fn ask(&self, client: &Transport) -> impl Future<Output = Option<Fingerprint>> + use<> {
        let request = Request::get(format!("{}/nothing", self.mock.base_url()));
        let request = request.body(Full::default()).unwrap();
        let response = client.clone().oneshot(request);
        async move {
            let response = response.await.unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
            let info = response.extensions().get::<ConnectionInfo>();
            info.unwrap().identity()
        }
    }
}

/// Returns a certificate of the portal for a key.
async fn certificate(mock: &Mock, key: &TokenKey) -> String {
    let uploaded = request(key).to_pem();
    let issued = mock.portal().certificate(Account::ACME, &uploaded).await;
    issued.unwrap().unwrap()
}

#[tokio::test]
async fn token_key_says_hello_under_both_versions() {
    let Some(setting) = Setting::of("token_key_says_hello_under_both_versions").await else {
        return;
    };
    for versions in [Versions::Tls12, Versions::Tls13] {
        let script = Script::new().versions(versions);
        setting.mock.portal().repeat(&script).await.unwrap();
        assert_eq!(setting.hello().await.unwrap(), "Hello Joe Napoli");
    }
}

#[tokio::test]
async fn rotation_from_file_to_token_loses_no_request() {
    let Some(setting) = Setting::of("rotation_from_file_to_token_loses_no_request").await else {
        return;
    };
    let customer = Customer::enrolled(Account::ACME, &setting.mock.portal()).await;
    let (in_file, in_token) = (customer.unwrap().identity().unwrap(), setting.identity());
    let client = Transport::new(setting.trusted().identity(&in_file).build().unwrap());
    setting.ask(&client).await;
    let mut requests = JoinSet::new();
    for round in 0..6 {
        let identity = if round % 2 == 0 { &in_token } else { &in_file };
        for _ in 0..10 {
            requests.spawn(setting.ask(&client));
        }
        client.rotate([identity]).unwrap();
        let shown = setting.ask(&client).await;
        assert_eq!(shown, Some(identity.leaf().sha256()));
    }
    while let Some(request) = requests.join_next().await {
        request.unwrap();
    }
}

#[tokio::test]
async fn files_of_a_token_key_are_followed() {
    let Some(setting) = Setting::of("files_of_a_token_key_are_followed").await else {
        return;
    };
    let (hsm, mock) = (&setting.hsm, &setting.mock);
    let folder = hsm.file("identities");
    fs::create_dir(&folder).unwrap();
    let write = |name: &str, content: &str| fs::write(folder.join(name), content).unwrap();
    let client = Transport::new(setting.trusted().build().unwrap());
    let loader = Loader::new().signers(TokenKey::opener(hsm.module(), pin()));
    let source = FileSource::directory(loader, &folder);
    let mut reloader = IdentityReloader::new(client.clone(), source);
    let mut shown = Vec::new();
    let uri = |object: &str| hsm.uri(&format!("object={object}")).to_string();
    let next = TokenKey::make(&hsm.uri("object=next"), pin()).unwrap();
    for (object, certificate) in [
        ("client", setting.certificate.clone()),
        // Renewed without a new key, then with one.
        ("client", certificate(mock, &setting.key).await),
        ("next", certificate(mock, &next).await),
    ] {
        write("a.key", &uri(object));
        write("a.crt", &certificate);
        // What is new is taken when it was seen twice.
        reloader.poll_once().await;
        reloader.poll_once().await;
        let parts = Loader::new().inspect(certificate.as_bytes()).unwrap();
        let leaf = parts[0].certificate().unwrap().sha256();
        assert_eq!(setting.ask(&client).await, Some(leaf));
        assert!(!shown.contains(&leaf), "it is the certificate of before");
        shown.push(leaf);
    }
}

#[tokio::test]
async fn absent_token_is_our_fault_until_it_is_back() {
    let Some(setting) = Setting::of("absent_token_is_our_fault_until_it_is_back").await else {
        return;
    };
    setting.hello().await.unwrap();
    let (tokens, away) = (setting.hsm.tokens(), setting.hsm.file("away"));
    fs::rename(&tokens, &away).unwrap();
    fs::create_dir(&tokens).unwrap();

    // Sent again while it may come back, and then given up.
    let error = setting.hello().await.unwrap_err();

    let error = error.transport().unwrap();
    assert_eq!(error.kind(), ErrorKind::Signer(SignerProblem::DeviceGone));
    assert!(!error.is_client_certificate_rejected());
    fs::remove_dir(&tokens).unwrap();
    fs::rename(&away, &tokens).unwrap();
    setting.hello().await.unwrap();
}
