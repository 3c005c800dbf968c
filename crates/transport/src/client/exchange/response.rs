//! What is made of the head of a response.

use http::{Response, Version};
use hyper::{body::Incoming, upgrade::OnUpgrade};

use crate::client::deadline::Deadline;
use crate::client::exchange::terms::{ExchangeSettings, Exchanging, HttpRefusals};
use crate::client::pool::in_flight::InFlight;
use crate::client::response_body::{ResponseBody, Unread};
use crate::error::Error;
use crate::error::head_problem::HeadProblem;
use crate::error::http_refusal::HttpRefusal;
use crate::stream::head_reader::packed::unpack;
use crate::telemetry;

/// A response for the caller.
#[expect(
    clippy::large_enum_variant,
    reason = "it is handed on at once, and a box would cost each request one"
)]
pub(super) enum Answered {
    /// As it came, or what is wrong with it.
    Whole(Result<Response<ResponseBody>, Error>),
    /// Once its body has been looked into.
    Judged(Exchanging),
}

/// Makes a response for the caller of the one that hyper has read.
#[inline]
pub(super) fn answered(
    mut response: Response<Incoming>,
    mut in_flight: InFlight,
    deadline: Deadline,
    settings: ExchangeSettings,
) -> Answered {
    in_flight.answered();
    let is_http2 = response.version() == Version::HTTP_2;
    if is_http2 && response.extensions().get::<OnUpgrade>().is_some() {
        in_flight.tunnels();
    }
    let connection = in_flight.connection();
    let extensions = response.extensions_mut();
    extensions.insert(connection.info().clone());
    if let Some(proxy) = connection.proxy() {
        extensions.insert(proxy.clone());
    }
    let is_unpacked = unpack(response.version(), response.headers_mut()).is_some();
    // Of HTTP/2, as a rule: those of HTTP/1.1 have been measured as they came.
    let (version, headers) = (response.version(), response.headers());
    let problem = match settings.heads.exceeded_by(version, headers) {
        None if !is_unpacked => Some(HeadProblem::TooManyFields),
        problem => problem,
    };
    if let Some(problem) = problem {
        let info = Some(connection.info().clone());
        let error = Error::unreadable_head(problem, None);
        return Answered::Whole(Err(error.on(info)));
    }
    let is_possible_refusal = settings.http_refusals != HttpRefusals::Answers
        && HttpRefusal::is_possible(response.status(), response.headers());
    let response = response.map(|incoming| Unread::new(incoming, in_flight));
    match is_possible_refusal {
        true => Answered::Judged(Box::pin(judged(response, deadline, settings))),
        false => {
            let limit = settings.max_response_body;
            Answered::Whole(ResponseBody::of_answer(response, deadline, limit))
        }
    }
}

/// Looks into a response that may be a rejection of our certificate.
async fn judged(
    mut response: Response<Unread>,
    mut deadline: Deadline,
    settings: ExchangeSettings,
) -> Result<Response<ResponseBody>, Error> {
    response.body_mut().read_ahead(&mut deadline).await;
    let start = response.body().start();
    let client_auth = response.body().connection().info().client_auth();
    let (status, headers) = (response.status(), response.headers());
    let refusal = HttpRefusal::recognise(status, headers, &start, client_auth);
    match refusal {
        Some(refusal) if refusal.is_certain() => {
            let connection = response.body().connection();
            telemetry::rejected_by_response();
            // Another identity needs another connection.
            connection.retire();
            if settings.http_refusals == HttpRefusals::FailedOver
                && refusal.is_about_the_certificate()
            {
                connection.state().note_rejection();
            }
            let info = Some(connection.info().clone());
            return Err(Error::rejected_by_http(refusal, info));
        }
        Some(refusal) => {
            response.extensions_mut().insert(refusal);
        }
        None => {}
    }
    ResponseBody::of_answer(response, deadline, settings.max_response_body)
}
