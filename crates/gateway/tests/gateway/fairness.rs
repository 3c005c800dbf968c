//! Callers that take all places, and those that come after them.

use futures_util::{StreamExt, stream::FuturesUnordered};
use gateway::Limits;
use tokio::{io::AsyncWriteExt, net::TcpStream};
use transport::Alpn;

use crate::context::{Reply, Running, Streaming, rest};

/// Sends the head of an upload and a part of its body.
async fn stalled(gateway: &Running) -> TcpStream {
    let mut caller = gateway.connect().await;
    let upload = "POST /count HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
        Content-Length: 9\r\n\r\nhello";
    caller.write_all(upload.as_bytes()).await.unwrap();
    caller
}

#[tokio::test]
async fn slow_callers_in_all_places_make_room() {
    let streaming = Streaming::new();
    // Few, as each takes four open files of this process. One address has three quarters.
    let limits = Limits::default().requests(16);
    let gateway = Running::start(streaming.gateway(Alpn::Http11).limits(limits));
    let mut slow = Vec::new();
    for _ in 0..12 {
        slow.push(stalled(&gateway).await);
    }
    let in_progress = |seen: &test_support::tls_server::Seen| seen.requests() == 12;
    streaming.server.seen_when(in_progress).await.unwrap();
    // Until one of them has been waited for long enough, which is a second.
    let mut rejected = 0;
    let served = loop {
        let reply = gateway.get("/", "").await;
        if reply.status == 200 {
            break reply;
        }
        assert_eq!((reply.status, &*reply.problem()), (503, "overloaded"));
        rejected += 1;
        assert!(rejected < 100_000, "no one makes room");
    };
    assert_eq!(served.body, "hello");
    // It was made by one of the slow ones, which hears of it; the others go on.
    let mut ends: FuturesUnordered<_> = slow
        .into_iter()
        .map(|mut caller| async move { rest(&mut caller).await })
        .collect();
    let reply = Reply::of(&ends.next().await.unwrap());
    assert_eq!(
        (reply.status, &*reply.problem()),
        (408, "request-body-too-slow")
    );
}

#[cfg(unix)]
#[tokio::test]
async fn greedy_user_of_a_socket_leaves_room_for_others() {
    use gateway::{ListenAddress, Listener};
    use tokio::io::AsyncReadExt;
    use tokio::net::UnixStream;

    let streaming = Streaming::new();
    let limits = Limits::default().requests(8);
    let gateway = streaming.gateway(Alpn::Http11).limits(limits).build();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("napi.sock");
    let socket = Listener::bind(&ListenAddress::Unix(path.clone())).unwrap();
    let tcp = Listener::bind(&"127.0.0.1:0".parse().unwrap()).unwrap();
    let ListenAddress::Tcp(addr) = *tcp.address() else {
        panic!("{:?}", tcp.address());
    };
    let calling = async {
        let mut greedy = Vec::new();
        for _ in 0..6 {
            let mut caller = UnixStream::connect(&path).await.unwrap();
            let request = b"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n";
            caller.write_all(request).await.unwrap();
            greedy.push(caller);
        }
        let in_progress = |seen: &test_support::tls_server::Seen| seen.requests() == 6;
        streaming.server.seen_when(in_progress).await.unwrap();
        let get = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let mut text = String::new();
        let mut caller = UnixStream::connect(&path).await.unwrap();
        caller.write_all(get).await.unwrap();
        caller.read_to_string(&mut text).await.unwrap();
        let reply = Reply::of(&text);
        assert_eq!((reply.status, &*reply.problem()), (503, "overloaded"));
        let mut caller = TcpStream::connect(addr).await.unwrap();
        caller.write_all(get).await.unwrap();
        assert_eq!(Reply::of(&rest(&mut caller).await).status, 200);
    };
    tokio::select! {
        ended = gateway.serve(socket, std::future::pending()) => panic!("{ended:?}"),
        ended = gateway.serve(tcp, std::future::pending()) => panic!("{ended:?}"),
        () = calling => {}
    }
}

#[cfg(unix)]
#[tokio::test]
async fn connections_on_loopback_close_none_of_a_user() {
    use gateway::{ListenAddress, Listener};
    use tokio::{io::AsyncReadExt, net::UnixStream};

    let streaming = Streaming::new();
    let limits = Limits::default().connections(8);
    let gateway = streaming.gateway(Alpn::Http11).limits(limits).build();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("napi.sock");
    let socket = Listener::bind(&ListenAddress::Unix(path.clone())).unwrap();
    let tcp = Listener::bind(&"127.0.0.1:0".parse().unwrap()).unwrap();
    let ListenAddress::Tcp(addr) = *tcp.address() else {
        panic!("{:?}", tcp.address());
    };
    let get = b"GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let calling = async {
        let mut kept = Vec::new();
        for _ in 0..2 {
            let mut caller = UnixStream::connect(&path).await.unwrap();
            caller.write_all(get).await.unwrap();
            let mut text = Vec::new();
            while !text.ends_with(b"hello") {
                text.push(caller.read_u8().await.unwrap());
            }
            kept.push(caller);
        }
        let mut local = Vec::new();
        for _ in 0..64 {
            local.push(TcpStream::connect(addr).await.unwrap());
        }
        // Those that came first have made room for the others, and the user has lost none.
        for mut evicted in local.drain(..59) {
            assert_eq!(rest(&mut evicted).await, "");
        }
        for mut caller in kept {
            caller.write_all(get).await.unwrap();
            let mut status = [0; 12];
            caller.read_exact(&mut status).await.unwrap();
            assert_eq!(&status, b"HTTP/1.1 200");
        }
        assert_eq!(streaming.server.seen().requests(), 4);
    };
    tokio::select! {
        ended = gateway.serve(socket, std::future::pending()) => panic!("{ended:?}"),
        ended = gateway.serve(tcp, std::future::pending()) => panic!("{ended:?}"),
        () = calling => {}
    }
}
