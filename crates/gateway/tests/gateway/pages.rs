//! Pages of the gateway's own.

use gateway::{Error, ListenAddress, Listener, Page, serve_pages};
use http::StatusCode;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::context::{Reply, rest};

#[tokio::test]
async fn pages_are_served_to_this_machine_alone() {
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap()).unwrap();
    let ListenAddress::Tcp(addr) = *listener.address() else {
        panic!("{listener:?}");
    };
    let page = |path: &str| (path == "/healthz").then(|| Page::new(StatusCode::OK, "ok\n"));
    let asking = async {
        for (head, status) in [
            ("GET /healthz HTTP/1.1\r\nHost: localhost", 200),
            ("HEAD /healthz HTTP/1.1\r\nHost: localhost", 200),
            ("GET /other HTTP/1.1\r\nHost: localhost", 404),
            ("POST /healthz HTTP/1.1\r\nHost: localhost", 405),
            ("GET /healthz HTTP/1.1\r\nHost: rebound.example", 421),
            (
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\nOrigin: http://a.example",
                403,
            ),
        ] {
            let mut stream = TcpStream::connect(addr).await.unwrap();
            let request = format!("{head}\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            assert_eq!(Reply::of(&rest(&mut stream).await).status, status, "{head}");
        }
    };
    serve_pages(listener, page, asking).await.unwrap();
}

#[tokio::test]
async fn public_address_serves_no_pages() {
    let listener = Listener::bind(&"0.0.0.0:0".parse().unwrap()).unwrap();
    let refused = serve_pages(listener, |_| None, std::future::pending()).await;
    assert!(
        matches!(refused, Err(Error::PublicAddress { .. })),
        "{refused:?}"
    );
}
