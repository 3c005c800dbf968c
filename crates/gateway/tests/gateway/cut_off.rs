//! Bodies that are cut off by a reset with `NO_ERROR`, of which hyper reports an end.

use bytes::Bytes;
use gateway::{CallerBody, CallerBodyError, Gateway};
use http::{Request, Response};
use http_body_util::BodyExt;
use mock_tls::{Delivery, Framing, Reply as ScriptedReply, Script};
use tokio::sync::mpsc;
use transport::{Alpn, ResponseBody};

use crate::context::{Running, describing, to};

#[tokio::test]
async fn upload_cut_off_by_a_reset_is_broken() {
    for (reason, is_whole) in [
        (Some(h2::Reason::NO_ERROR), false),
        (Some(h2::Reason::CANCEL), false),
        (None, true),
    ] {
        let (seen, mut pieces) = mpsc::unbounded_channel();
        let service = tower::service_fn(move |request: Request<CallerBody>| {
            let seen = seen.clone();
            // Goes on when the request is cancelled, as the connection to a server may.
            tokio::spawn(async move {
                let mut body = request.into_body();
                loop {
                    let frame = body.frame().await;
                    let piece = frame.map(|frame| frame.map(|data| data.into_data().unwrap()));
                    let is_end = !matches!(piece, Some(Ok(_)));
                    seen.send(piece).unwrap();
                    if is_end {
                        break;
                    }
                }
            });
            std::future::pending::<Result<Response<ResponseBody>, transport::Error>>()
        });
        let upstream = "https://localhost".parse().unwrap();
        let gateway = Running::start(Gateway::builder(service, upstream));
        let (mut caller, connection) = h2::client::handshake(gateway.connect().await)
            .await
            .unwrap();
        tokio::spawn(connection);
        let request = Request::post(format!("http://{}/", gateway.addr()));
        let (_response, mut body) = caller
            .send_request(request.body(()).unwrap(), false)
            .unwrap();
        body.send_data("hello".into(), false).unwrap();
        assert_eq!(pieces.recv().await.unwrap(), Some(Ok(Bytes::from("hello"))));
        match reason {
            Some(reason) => body.send_reset(reason),
            None => body.send_data("!".into(), true).unwrap(),
        }
        let end = pieces.recv().await.unwrap();
        match is_whole {
            true => {
                assert_eq!(end, Some(Ok(Bytes::from("!"))));
                assert_eq!(pieces.recv().await.unwrap(), None);
            }
            false => assert_eq!(end, Some(Err(CallerBodyError::Broken)), "{reason:?}"),
        }
    }
}

#[tokio::test]
async fn response_cut_off_by_a_reset_has_no_proper_end() {
    for error_code in [0, 2] {
        let server = describing().await;
        let reply = ScriptedReply::new(200).framing(Framing::Chunked);
        let reply = reply.body("0123456789");
        let cut = Delivery::HalfThenResetStream { error_code };
        server.enqueue(
            Script::new()
                .alpn(mock_tls::Alpn::Either)
                .response(reply.clone().delivery(cut)),
        );
        let whole = Script::new().alpn(mock_tls::Alpn::Either).response(reply);
        server.repeat(whole);
        let gateway = Running::start(to(&server, Alpn::Http2));
        let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let text = gateway.raw(request).await;
        assert!(!text.ends_with("0\r\n\r\n"), "{error_code}: {text}");
        drop(gateway);
        let gateway = Running::start(to(&server, Alpn::Http2));
        assert!(gateway.raw(request).await.ends_with("0\r\n\r\n"));
    }
}
