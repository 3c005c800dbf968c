//! Handshakes that end before any certificate of ours is judged, that end by our verdict, or that
//! are only unusual.

use mock_napi::{
    Alpn, ClientAuth, Handshake, KeyExchange, Script, ScriptedResponse, ServerCertificate, Tickets,
};
use transport::{ErrorKind, Phase, RetryAdvice, ServerCertificateProblem as Problem};

use super::{Ask, Bench, Saw, Told, setting::Setting};

#[tokio::test]
async fn what_a_handshake_can_do_without() {
    let bench = Bench::new().await;
    for script in [
        Script::new(),
        Script::new().key_exchange(KeyExchange::Secp384r1),
        Script::new().handshake(Handshake::OneByteAtATime),
        Script::new().tickets(Tickets::None),
        Script::new().tickets(Tickets::Many { count: 16 }),
        Script::new().tickets(Tickets::Refused),
        Script::new().server_certificate(ServerCertificate::Valid),
        Script::new().client_auth(ClientAuth::NotAsked),
        Script::new().client_auth(ClientAuth::Unjudged),
    ] {
        for setting in Setting::all() {
            // Without a certificate the service does not say hello.
            let saw = [Saw::Handshake, Saw::Request, Saw::NoAlert];
            bench
                .check(setting, &script, Ask::Get, Told::Answer(200), &saw)
                .await;
        }
    }
}

#[tokio::test]
async fn nothing_in_common() {
    let bench = Bench::new().await;
    let told = Told::Failed(ErrorKind::Tls, Phase::Tls, RetryAdvice::Never);
    for script in [
        Script::new().key_exchange(KeyExchange::NoneInCommon),
        Script::new().alpn(Alpn::Other),
    ] {
        for setting in Setting::all() {
            let saw = [Saw::NoHandshake, Saw::NoRequest];
            bench.check(setting, &script, Ask::Get, told, &saw).await;
        }
    }
}

#[tokio::test]
async fn a_server_that_chooses_no_protocol_is_one_of_http11() {
    let bench = Bench::new().await;
    let script = Script::new().alpn(Alpn::Ignored);
    for setting in Setting::with(transport::Alpn::Http11) {
        let saw = [Saw::Handshake, Saw::Request];
        bench
            .check(setting, &script, Ask::Get, Told::Answer(200), &saw)
            .await;
    }
    for setting in Setting::with(transport::Alpn::Http2) {
        let told = Told::Failed(ErrorKind::Tls, Phase::Tls, RetryAdvice::Never);
        bench
            .check(setting, &script, Ask::Get, told, &[Saw::NoRequest])
            .await;
    }
}

#[tokio::test]
async fn an_end_before_a_certificate_was_asked_for() {
    let bench = Bench::new().await;
    let told = Told::Failed(ErrorKind::Closed, Phase::Tls, RetryAdvice::NotProcessed);
    for handshake in [
        Handshake::ClosedOnAccept,
        Handshake::ClosedAfterClientHello,
        Handshake::ResetAfterClientHello,
        Handshake::Cut { bytes: 1 },
        Handshake::Cut { bytes: 50 },
    ] {
        for setting in Setting::all() {
            let script = Script::new().handshake(handshake);
            let saw = [Saw::NoHandshake, Saw::NoRequest];
            bench.check(setting, &script, Ask::Get, told, &saw).await;
        }
    }
}

#[tokio::test]
async fn a_certificate_of_the_server_that_we_refuse() {
    let bench = Bench::new().await;
    for (certificate, problem) in [
        (ServerCertificate::Expired, Problem::Expired),
        (ServerCertificate::OtherName, Problem::WrongName),
        (ServerCertificate::SelfSigned, Problem::UnknownIssuer),
        (ServerCertificate::UnknownCa, Problem::UnknownIssuer),
    ] {
        for setting in Setting::all() {
            let script = Script::new().server_certificate(certificate);
            let kind = ErrorKind::ServerCertificate(problem);
            let told = Told::Failed(kind, Phase::Tls, RetryAdvice::Never);
            let saw = [Saw::AlertReceived, Saw::NoHandshake, Saw::NoRequest];
            bench.check(setting, &script, Ask::Get, told, &saw).await;
        }
    }
}

#[tokio::test]
async fn a_server_that_never_asked_is_told_apart() {
    let bench = Bench::new().await;
    let script = Script::new()
        .client_auth(ClientAuth::NotAsked)
        .response(ScriptedResponse::Reset);
    for setting in Setting::all() {
        let script = match setting.alpn {
            transport::Alpn::Http2 => script.clone().alpn(Alpn::Either),
            _ => script.clone(),
        };
        let (outcome, events) = bench
            .run(setting, &script, Ask::Get, transport::Timeouts::default())
            .await;
        let told = Told::Failed(
            ErrorKind::Closed,
            Phase::Request,
            RetryAdvice::OnlyIfIdempotent,
        );
        let saw = [Saw::Handshake, Saw::Request, Saw::Reset];
        bench.assert(setting, &script, &outcome, &events, told, &saw);
        let error = outcome.unwrap_err();
        let client_auth = error.connection().unwrap().client_auth();
        assert_eq!(client_auth, transport::ClientAuth::NotRequested);
        let said = error.to_string();
        assert_eq!(said.contains("renegotiation"), setting.is_tls12(), "{said}");
        assert_eq!(
            said.contains("never requested"),
            !setting.is_tls12(),
            "{said}"
        );
    }
}
