//! Connections by the FIPS module of AWS-LC, as a program brings it along.
//!
//! `cargo test --manifest-path tests/fips/Cargo.toml` builds it, with cmake, Go and libclang.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use mock_tls::{MockServer, Script, Versions};
use tower::ServiceExt;
use transport::{
    ClientAuth, ConnectionInfo, CryptoProvider, MtlsClient, MtlsConnector, TrustAnchors,
};

#[tokio::test]
async fn connection_by_the_fips_module_says_so() {
    let server = MockServer::builder().start().await.unwrap();
    let pair = server.client_identity().unwrap();
    let (certificate, key) = (pair.certificate_pem(), pair.secret_key_pem());
    let loaded = identity::Loader::new().load(certificate.as_bytes(), key.as_bytes());
    let identity = loaded.unwrap().into_parts().0;
    for (versions, name) in [(Versions::Tls12, "TLSv1.2"), (Versions::Tls13, "TLSv1.3")] {
        server.enqueue(Script::new().versions(versions));
        let trust = TrustAnchors::from_pem(server.ca_certificate_pem()).unwrap();
        let provider = rustls::crypto::default_fips_provider();
        let connector = MtlsConnector::builder(trust)
            .crypto_provider(CryptoProvider::from_rustls(provider))
            .identity(&identity)
            .build();
        let client = MtlsClient::<Full<Bytes>>::new(connector.unwrap());
        let request = Request::get(server.base_url()).body(Full::default());
        let response = client.oneshot(request.unwrap()).await.unwrap();

        let info = response.extensions().get::<ConnectionInfo>().unwrap();
        assert!(info.is_fips(), "{info:?}");
        assert_eq!(info.client_auth(), ClientAuth::Presented);
        assert_eq!(info.tls().unwrap().version, name);
    }
}
