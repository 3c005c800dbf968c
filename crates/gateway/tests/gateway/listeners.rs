//! The addresses that a gateway listens on, and those that it refuses.

use gateway::{Error, ListenAddress, Listener, Token};
use transport::Alpn;

use crate::context::{describing, to};

#[tokio::test]
async fn public_address_needs_leave_and_a_token() {
    let server = describing().await;
    let listener = Listener::bind(&"0.0.0.0:0".parse().unwrap()).unwrap();
    let token = || Token::new(b"0123456789abcdef".to_vec().into()).unwrap();
    let gateway = || to(&server, Alpn::Http11);
    let check = |gateway: gateway::GatewayBuilder<_>| gateway.build().check(&listener);
    let refused = check(gateway().token(token())).unwrap_err();
    assert!(
        matches!(refused, Error::PublicAddress { .. }),
        "{refused:?}"
    );
    let refused = check(gateway().listen_public()).unwrap_err();
    assert!(
        matches!(refused, Error::PublicWithoutAuthentication { .. }),
        "{refused:?}"
    );
    assert!(check(gateway().listen_public().token(token())).is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn unix_socket_serves_and_is_gone_after_it() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let server = describing().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("napi.sock");
    let listener = Listener::bind(&ListenAddress::Unix(path.clone())).unwrap();
    let gateway = to(&server, Alpn::Http11).build();
    let calling = async {
        let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
        let request = b"GET /over/unix HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut read = String::new();
        stream.read_to_string(&mut read).await.unwrap();
        assert!(read.contains("/over/unix"), "{read}");
    };
    gateway.serve(listener, calling).await.unwrap();
    assert!(!path.exists());
}

#[tokio::test]
async fn taken_address_is_reported() {
    let taken = Listener::bind(&"127.0.0.1:0".parse().unwrap()).unwrap();
    let refused = Listener::bind(taken.address()).unwrap_err();
    assert!(matches!(refused, Error::Bind { .. }), "{refused:?}");
}
