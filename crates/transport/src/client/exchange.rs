//! One request on one connection: sent, answered, and its failure explained.
//!
//! Where a connection is free, the request is sent before a future is made: what waits for the response then holds no
//! request, and is small. Leaves out whether to try again.

use std::{
    error::Error as StdError,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response, Version};
use http_body::Body;
use hyper::{body::Incoming, upgrade::OnUpgrade};
use tokio::runtime::Handle;
use tower_service::Service;

use crate::client::body::RequestBody;
use crate::client::deadline::Deadline;
use crate::client::explain::explained;
use crate::client::form;
use crate::client::generations::Generations;
use crate::client::outgoing::Timed;
use crate::client::pool::Pool;
use crate::client::pool::in_flight::InFlight;
use crate::client::pool::outcome::Outcome;
use crate::client::pool::ready::{Ready, Reply, Sent};
use crate::client::pool::waiter::Failure;
use crate::client::response_body::{ResponseBody, Unread};
use crate::connection::phase::Phase;
use crate::error::head_problem::HeadProblem;
use crate::error::http_refusal::HttpRefusal;
use crate::error::{Error, ErrorKind};
use crate::net::raw_connector::RawConnector;
use crate::stream::head_limits::HeadLimits;
use crate::stream::head_reader::packed::unpack;
use crate::telemetry;

/// The innermost layer: sends each request once, with the generation in use.
pub(super) struct Exchange<B, C> {
    pub(super) generations: Arc<Generations<B, C>>,
    pub(super) settings: ExchangeSettings,
}

/// What is made of a response.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExchangeSettings {
    pub(super) http_refusals: HttpRefusals,
    pub(super) max_response_body: Option<u64>,
    /// How much the head of a response may hold.
    pub(super) heads: HeadLimits,
}

/// What is made of a response that rejects our certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HttpRefusals {
    /// A response as any other, unread.
    Answers,
    /// An error.
    Errors,
    /// An error, and a reason to try the next identity.
    FailedOver,
}

impl Default for ExchangeSettings {
    fn default() -> Self {
        Self {
            http_refusals: HttpRefusals::Errors,
            max_response_body: None,
            heads: HeadLimits::default(),
        }
    }
}

/// The response to come.
pub(super) type Exchanging =
    Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Error>> + Send>>;

impl<B, C> Service<Timed<Request<RequestBody<B>>>> for Exchange<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    type Response = Response<ResponseBody>;
    type Error = Error;
    type Future = Exchanging;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, timed: Timed<Request<RequestBody<B>>>) -> Exchanging {
        let settings = self.settings;
        let pool = self.generations.current();
        let Timed {
            mut request,
            now,
            deadline,
        } = timed;
        let mut deadline = Deadline::at(deadline);
        if let Err(error) = form::check(&request) {
            return Box::pin(async { Err(error) });
        }
        let ready = (request.uri().authority()).and_then(|authority| pool.take(authority, now));
        let mut next = match ready {
            None => Next::Unsent(Box::new(request)),
            Some(ready) => match form::bring(&mut request, &ready) {
                Ok(()) => sent_or_not(ready, request),
                Err(error) => return Box::pin(async { Err(error) }),
            },
        };
        Box::pin(async move {
            loop {
                let sent = match next {
                    Next::Sent(sent) => sent,
                    Next::Unsent(request) => {
                        // Boxed: it is rare, and would grow the future of every request.
                        let connected = Box::pin(connected(&pool, request, &mut deadline)).await?;
                        let (ready, request) = *connected;
                        next = sent_or_not(ready, request);
                        continue;
                    }
                };
                let outcome = match sent.reply {
                    Reply::Http1(reply) => deadline.during(reply).await,
                    Reply::Http2(reply) => deadline.during(reply).await,
                };
                let mut error = match outcome {
                    Some(Ok(response)) => {
                        return answered(response, sent.in_flight, deadline, settings).await;
                    }
                    Some(Err(error)) => error,
                    None => return Err(timed_out(&sent.in_flight)),
                };
                match error.take_message() {
                    // It was still in the queue when the connection ended, as kept ones do.
                    Some(mut request) if sent.is_kept => {
                        form::restore(&mut request, sent.target.uri());
                        next = Next::Unsent(Box::new(request));
                    }
                    message => {
                        let (error, is_unsent) = (error.into_error(), message.is_some());
                        let connection = sent.in_flight.connection();
                        return Err(explained(error, connection, is_unsent));
                    }
                }
            }
        })
    }
}

/// A request that has been given to a connection, or none yet.
enum Next<S, B> {
    Sent(S),
    Unsent(Box<Request<RequestBody<B>>>),
}

#[expect(clippy::type_complexity, reason = "hyper's futures have no names")]
fn sent_or_not<B>(
    ready: Ready<RequestBody<B>>,
    request: Request<RequestBody<B>>,
) -> Next<
    Sent<
        RequestBody<B>,
        impl Future<Output = Outcome<RequestBody<B>>> + use<B>,
        impl Future<Output = Outcome<RequestBody<B>>> + use<B>,
    >,
    B,
>
where
    B: Body + Unpin + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let target = ready.target();
    match ready.send(request) {
        Ok(sent) => Next::Sent(sent),
        Err(mut request) => {
            form::restore(&mut request, target.uri());
            Next::Unsent(Box::new(request))
        }
    }
}

/// Waits for a connection, and brings the request into its form.
async fn connected<B, C>(
    pool: &Pool<RequestBody<B>, C>,
    mut request: Box<Request<RequestBody<B>>>,
    deadline: &mut Deadline,
) -> Result<Box<(Ready<RequestBody<B>>, Request<RequestBody<B>>)>, Error>
where
    B: Body + Unpin + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    for _ in 0..TRIES {
        let Ok(runtime) = Handle::try_current() else {
            break;
        };
        let authority = request.uri().authority();
        let waiting = authority.and_then(|authority| pool.wait(authority, &runtime));
        let Some(mut waiting) = waiting else {
            return Err(Error::new(ErrorKind::ServerName, Phase::Resolve));
        };
        match deadline.during(&mut waiting).await {
            Some(Ok(ready)) => {
                form::bring(&mut request, &ready)?;
                return Ok(Box::new((ready, *request)));
            }
            Some(Err(Failure::Error(error))) => return Err(error),
            Some(Err(Failure::Abandoned)) => {}
            None => return Err(waiting.timed_out()),
        }
    }
    Err(Error::with_source(
        ErrorKind::Connect,
        Phase::Connect,
        None,
        Abandoned,
    ))
}

/// How often a request waits for a connection whose task is dropped with its runtime, or by a panic of a connector.
const TRIES: usize = 3;

#[derive(Debug, thiserror::Error)]
#[error(
    "the task that was opening the connection was dropped: its tokio runtime ended, or a connector panicked"
)]
struct Abandoned;

fn timed_out(in_flight: &InFlight) -> Error {
    let connection = in_flight.connection();
    in_flight.waited_in_vain();
    Error::timeout(Phase::Request, Some(connection.info().clone()))
}

async fn answered(
    response: Response<Incoming>,
    mut in_flight: InFlight,
    deadline: Deadline,
    settings: ExchangeSettings,
) -> Result<Response<ResponseBody>, Error> {
    in_flight.answered();
    let (mut head, incoming) = response.into_parts();
    if head.version == Version::HTTP_2 && head.extensions.get::<OnUpgrade>().is_some() {
        in_flight.tunnels();
    }
    let connection = in_flight.connection();
    head.extensions.insert(connection.info().clone());
    if let Some(proxy) = connection.proxy() {
        head.extensions.insert(proxy.clone());
    }
    let is_unpacked = unpack(head.version, &mut head.headers).is_some();
    // Of HTTP/2, as a rule: those of HTTP/1.1 have been measured as they came.
    let problem = match settings.heads.exceeded_by(head.version, &head.headers) {
        None if !is_unpacked => Some(HeadProblem::TooManyFields),
        problem => problem,
    };
    if let Some(problem) = problem {
        let info = Some(connection.info().clone());
        return Err(Error::unreadable_head(problem, None).on(info));
    }
    let is_possible_refusal = settings.http_refusals != HttpRefusals::Answers
        && HttpRefusal::is_possible(head.status, &head.headers);
    let response = Response::from_parts(head, Unread::new(incoming, in_flight));
    match is_possible_refusal {
        true => Box::pin(judged(response, deadline, settings)).await,
        false => ResponseBody::of_answer(response, deadline, settings.max_response_body),
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
            telemetry::refused_by_response();
            // Another identity needs another connection.
            connection.retire();
            if settings.http_refusals == HttpRefusals::FailedOver
                && refusal.is_about_the_certificate()
            {
                connection.state().refused();
            }
            let info = Some(connection.info().clone());
            return Err(Error::refused_by_http(refusal, info));
        }
        Some(refusal) => {
            response.extensions_mut().insert(refusal);
        }
        None => {}
    }
    ResponseBody::of_answer(response, deadline, settings.max_response_body)
}

impl<B, C> Clone for Exchange<B, C> {
    fn clone(&self) -> Self {
        Self {
            generations: Arc::clone(&self.generations),
            settings: self.settings,
        }
    }
}
