//! Processing of the head of a response.

use http::{Response, Version};
use hyper::{body::Incoming, upgrade::OnUpgrade};

use crate::client::deadline::Deadline;
use crate::client::exchange::context::{ExchangeFuture, ExchangeSettings, HttpRefusals};
use crate::client::pool::in_flight::InFlight;
use crate::client::response_body::{PeekedBody, ResponseBody};
use crate::error::Error;
use crate::error::head_problem::HeadProblem;
use crate::error::http_refusal::HttpRefusal;
use crate::stream::head_reader::packed::unpack;
use crate::telemetry;

/// The outcome of processing the head of a response.
#[expect(
    clippy::large_enum_variant,
    reason = "it is passed on at once, and a box would cost each request one"
)]
pub(super) enum HeadOutcome {
    /// The response, or its problem.
    Complete(Result<Response<ResponseBody>, Error>),
    /// The response once the beginning of its body has been read.
    Pending(ExchangeFuture),
}

/// Turns a response that hyper has parsed into one for the caller.
#[inline]
pub(super) fn accept_head(
    mut response: Response<Incoming>,
    mut in_flight: InFlight,
    deadline: Deadline,
    settings: ExchangeSettings,
) -> HeadOutcome {
    in_flight.note_head();
    let is_http2 = response.version() == Version::HTTP_2;
    if is_http2 && response.extensions().get::<OnUpgrade>().is_some() {
        in_flight.become_tunnel();
    }
    let connection = in_flight.connection();
    let extensions = response.extensions_mut();
    extensions.insert(connection.info().clone());
    if let Some(proxy) = connection.proxy() {
        extensions.insert(proxy.clone());
    }
    let is_unpacked = unpack(response.version(), response.headers_mut()).is_some();
    // HTTP/2 as a rule: HTTP/1.1 heads have been measured as received.
    let (version, headers) = (response.version(), response.headers());
    let problem = match settings.heads.exceeded_by(version, headers) {
        None if !is_unpacked => Some(HeadProblem::TooManyFields),
        problem => problem,
    };
    if let Some(problem) = problem {
        let info = Some(connection.info().clone());
        let error = Error::unreadable_head(problem, None);
        return HeadOutcome::Complete(Err(error.on(info)));
    }
    let is_possible_refusal = settings.http_refusals != HttpRefusals::PassThrough
        && HttpRefusal::is_possible(response.status(), response.headers());
    let response = response.map(|incoming| PeekedBody::new(incoming, in_flight));
    match is_possible_refusal {
        true => HeadOutcome::Pending(Box::pin(check_refusal(response, deadline, settings))),
        false => {
            let limit = settings.max_response_body;
            HeadOutcome::Complete(ResponseBody::new_response(response, deadline, limit))
        }
    }
}

/// Reads the beginning of a response that may be a rejection of our certificate.
async fn check_refusal(
    mut response: Response<PeekedBody>,
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
            if settings.http_refusals == HttpRefusals::FailOver
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
    ResponseBody::new_response(response, deadline, settings.max_response_body)
}
