//! Answers that refuse, break off, come early, or are none.

use mock_napi::{
    Body, ClientAuth, Delivery, Framing, Http2, Moment, Reply, Script, ScriptedResponse,
};
use transport::{
    Alpn, ClientCertificateProblem as Problem, ErrorKind, HeadProblem, Phase, RetryAdvice,
};

use super::{Ask, Bench, Saw, Told, setting::Setting};

/// Returns the script of a response, in the setting's version of HTTP.
fn script(setting: Setting, answer: impl Into<ScriptedResponse>) -> Script {
    let script = Script::new().response(answer);
    match setting.alpn {
        Alpn::Http2 => script.alpn(mock_napi::Alpn::Either),
        _ => script,
    }
}

const SAW: [Saw; 3] = [Saw::Handshake, Saw::Request, Saw::NoAlert];

#[tokio::test]
async fn a_refusal_of_the_certificate_in_words_of_http() {
    let bench = Bench::new().await;
    for (reply, problem) in [
        (Reply::nginx_certificate_error(), Problem::Unknown),
        (Reply::iis_certificate_revoked(), Problem::Revoked),
        (Reply::iis_certificate_untrusted(), Problem::UnknownCa),
        (Reply::iis_certificate_expired(), Problem::Expired),
    ] {
        for setting in Setting::all() {
            let script = script(setting, reply.clone()).client_auth(ClientAuth::Unjudged);
            let kind = ErrorKind::ClientCertificate(problem);
            let told = Told::Failed(kind, Phase::Request, RetryAdvice::WithAnotherIdentity);
            bench.check(setting, &script, Ask::Get, told, &SAW).await;
        }
    }
}

// "None was sent" is not about the certificate that was.
#[tokio::test]
async fn a_page_that_contradicts_what_was_sent_stays_a_response() {
    let bench = Bench::new().await;
    for (reply, status) in [
        (Reply::nginx_no_certificate(), 400),
        (Reply::iis_certificate_required(), 403),
    ] {
        for setting in Setting::all() {
            let script = script(setting, reply.clone()).client_auth(ClientAuth::Unjudged);
            let told = Told::Answer(status);
            bench.check(setting, &script, Ask::Get, told, &SAW).await;
            // Where the server has not asked, it is so.
            let script = script.client_auth(ClientAuth::NotAsked);
            let kind = ErrorKind::ClientCertificate(Problem::Required);
            let told = Told::Failed(kind, Phase::Request, RetryAdvice::WithAnotherIdentity);
            bench.check(setting, &script, Ask::Get, told, &SAW).await;
        }
    }
}

// No identity helps, so the advice is not to try the next one, nor the text to have one.
#[tokio::test]
async fn a_certificate_that_is_wanted_too_late() {
    let bench = Bench::new().await;
    for setting in Setting::all() {
        let script = script(setting, Reply::apache_post_handshake());
        let script = script.client_auth(ClientAuth::NotAsked);
        let (outcome, events) = bench
            .run(setting, &script, Ask::Get, transport::Timeouts::default())
            .await;
        let kind = ErrorKind::ClientCertificate(Problem::Required);
        let told = Told::Failed(kind, Phase::Request, RetryAdvice::Never);
        bench.assert(setting, &script, &outcome, &events, told, &SAW);
        let said = outcome.unwrap_err().to_string();
        assert!(
            said.contains("after the handshake") && !said.contains("identity"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_refusal_that_may_mean_anything_stays_an_answer() {
    let bench = Bench::new().await;
    for reply in [
        Reply::gateway_forbidden(),
        Reply::api_gateway_forbidden(),
        Reply::cloudflare_forbidden(),
    ] {
        for setting in Setting::all() {
            let script = script(setting, reply.clone());
            let told = Told::Answer(403);
            bench.check(setting, &script, Ask::Get, told, &SAW).await;
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off() {
    let bench = Bench::new().await;
    let told = Told::Failed(
        ErrorKind::Closed,
        Phase::Body,
        RetryAdvice::OnlyIfIdempotent,
    );
    for delivery in [Delivery::HalfThenClose, Delivery::HalfThenCut] {
        for setting in Setting::all() {
            let reply = Reply::new(200).body("[1, 2, 3, 4]").delivery(delivery);
            let script = script(setting, reply);
            bench.check(setting, &script, Ask::Get, told, &SAW).await;
        }
    }
    for setting in Setting::with(Alpn::Http2) {
        let delivery = Delivery::HalfThenResetStream { error_code: 2 };
        let reply = Reply::new(200).body("[1, 2, 3, 4]").delivery(delivery);
        let script = script(setting, reply);
        bench.check(setting, &script, Ask::Get, told, &SAW).await;
    }
}

#[tokio::test]
async fn no_answer_at_all() {
    let bench = Bench::new().await;
    let advice = RetryAdvice::OnlyIfIdempotent;
    for setting in Setting::all() {
        for (answer, kind, advice) in [
            (ScriptedResponse::Empty, ErrorKind::Closed, advice),
            (ScriptedResponse::Reset, ErrorKind::Closed, advice),
        ] {
            let told = Told::Failed(kind, Phase::Request, advice);
            let script = script(setting, answer);
            bench.check(setting, &script, Ask::Get, told, &SAW).await;
        }
    }
}

#[tokio::test]
async fn what_is_no_http() {
    let bench = Bench::new().await;
    let broken = Told::Failed(ErrorKind::Http, Phase::Request, RetryAdvice::Never);
    for setting in Setting::all() {
        let garbage = script(setting, ScriptedResponse::Garbage);
        bench.check(setting, &garbage, Ask::Get, broken, &SAW).await;
        let endless = script(setting, ScriptedResponse::EndlessHeaders);
        let too_long = match setting.alpn {
            Alpn::Http2 => broken,
            _ => Told::Failed(
                ErrorKind::UnreadableHead(HeadProblem::TooLong),
                Phase::Request,
                RetryAdvice::Never,
            ),
        };
        bench
            .check(setting, &endless, Ask::Get, too_long, &SAW)
            .await;
    }
    for setting in Setting::with(Alpn::Http11) {
        for (framing, kind) in [
            (Framing::ChunkedBadSize, ErrorKind::Http),
            (Framing::ChunkedWithoutEnd, ErrorKind::Closed),
            (Framing::Announced { bytes: 1000 }, ErrorKind::Closed),
        ] {
            let advice = match kind {
                ErrorKind::Http => RetryAdvice::Never,
                _ => RetryAdvice::OnlyIfIdempotent,
            };
            let reply = Reply::new(200).body("[1, 2, 3, 4]").framing(framing);
            let script = script(setting, reply);
            let told = Told::Failed(kind, Phase::Body, advice);
            bench.check(setting, &script, Ask::Get, told, &SAW).await;
        }
    }
}

#[tokio::test]
async fn an_answer_that_comes_before_the_upload_is_done() {
    let bench = Bench::new().await;
    for setting in Setting::all() {
        let reply = Reply::content_too_large();
        let script = script(setting, reply);
        let told = Told::Answer(413);
        bench.check(setting, &script, Ask::Upload, told, &SAW).await;
    }
}

#[tokio::test]
async fn an_answer_that_is_only_slow_or_long_is_whole() {
    let bench = Bench::new().await;
    for setting in Setting::all() {
        let long = Reply::new(200).body(Body::Filled { bytes: 1 << 20 });
        let script = script(setting, long);
        bench
            .check(setting, &script, Ask::Get, Told::Answer(200), &SAW)
            .await;
    }
    for setting in Setting::with(Alpn::Http2) {
        let reply = Reply::new(200)
            .body("\"Hello\"")
            .moment(Moment::AfterRequest);
        for http2 in [
            Http2::new().initial_window(16 * 1024),
            Http2::new().longest_data(1),
            Http2::new().max_concurrent_streams(1),
        ] {
            let script = script(setting, reply.clone()).http2(http2);
            bench
                .check(setting, &script, Ask::Upload, Told::Answer(200), &SAW)
                .await;
        }
    }
}

// As Apache httpd does it where it wants a certificate for a part of the site alone.
#[tokio::test]
async fn http2_that_is_not_taken_for_this_request() {
    let bench = Bench::new().await;
    for setting in Setting::with(Alpn::Http2) {
        let script = script(setting, ScriptedResponse::ResetStream { error_code: 13 });
        let told = Told::Failed(
            ErrorKind::Http11Required,
            Phase::Request,
            RetryAdvice::Never,
        );
        bench.check(setting, &script, Ask::Get, told, &SAW).await;
    }
}

#[tokio::test]
async fn http2_that_takes_a_request_back() {
    let bench = Bench::new().await;
    for setting in Setting::with(Alpn::Http2) {
        for (answer, advice) in [
            (
                ScriptedResponse::ResetStream { error_code: 7 },
                RetryAdvice::NotProcessed,
            ),
            (
                ScriptedResponse::ResetStream { error_code: 2 },
                RetryAdvice::OnlyIfIdempotent,
            ),
            (
                // It names the last stream that was worked on, and ours came after.
                ScriptedResponse::GoAway { error_code: 0 },
                RetryAdvice::NotProcessed,
            ),
            (
                ScriptedResponse::GoAway { error_code: 2 },
                RetryAdvice::NotProcessed,
            ),
        ] {
            let script = script(setting, answer);
            let told = Told::Failed(ErrorKind::Closed, Phase::Request, advice);
            bench.check(setting, &script, Ask::Get, told, &SAW).await;
        }
    }
}
