//! A random sequence of events: the client behaves as a plain model, and the server sees exactly
//! that.
//!
//! TLS at both ends, over pipes in memory and by clocks of the test, with sessions and without.
//! Where no connection is kept, the server sees an identity for each request; where they are kept,
//! a request goes with the identity that was shown before, until a rotation or the idle timeout
//! ends that.

mod model;
mod servers;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use identity::IdentitySet;
use proptest::{prelude::*, sample::subsequence};
use rustls::SupportedProtocolVersion;
use tokio::task::JoinSet;
use tower::{Service, ServiceExt};
use transport::{
    Alpn, Error, IdentityReloader, IdentitySource, MtlsClient, PreparedGeneration, SourceUpdate,
};

use crate::{HTTP_VERSIONS, TLS_VERSIONS, info, pipe::Pipes, trusting};
use model::{IDLE_TIMEOUT, Model, Outcome, Rules};
use servers::{IDENTITIES, Servers, Shown};

/// One thing that happens. Identities are known by their place among [`IDENTITIES`].
#[derive(Clone, Debug)]
enum Step {
    /// The server takes an identity again.
    Accept(usize),
    /// A connection is opened by the connector alone, with these.
    Connect(Vec<usize>),
    /// Years pass, by the clocks that judge certificates.
    Expire(u32),
    /// Time passes.
    Pause(Duration),
    Prepare(Vec<usize>),
    /// One of those that were prepared is published, be it the newest or not.
    Publish(usize),
    /// The server refuses an identity from now on.
    Refuse(usize),
    /// The source has these, and is looked at.
    Reload(Vec<usize>),
    Request(Method),
    Rotate(Vec<usize>),
    /// Several requests at once, and a rotation before they are done.
    Together(usize, Vec<usize>),
}

fn step() -> impl Strategy<Value = Step> {
    let places = || {
        let all: Vec<_> = (0..IDENTITIES).collect();
        subsequence(all, 1..=3).prop_shuffle()
    };
    let place = || 0..IDENTITIES;
    let method = prop_oneof![Just(Method::GET), Just(Method::POST)];
    prop_oneof![
        1 => place().prop_map(Step::Accept),
        1 => places().prop_map(Step::Connect),
        1 => (1_u32..4).prop_map(Step::Expire),
        2 => prop_oneof![Just(299), Just(301), Just(301)]
            .prop_map(|seconds| Step::Pause(Duration::from_secs(seconds))),
        1 => places().prop_map(Step::Prepare),
        1 => (0_usize..8).prop_map(Step::Publish),
        2 => place().prop_map(Step::Refuse),
        1 => places().prop_map(Step::Reload),
        8 => method.prop_map(Step::Request),
        1 => places().prop_map(Step::Rotate),
        1 => (2_usize..6, places()).prop_map(|(count, places)| Step::Together(count, places)),
    ]
}

/// The source of the reloader.
#[derive(Clone, Default)]
struct Store {
    next: Arc<Mutex<Option<IdentitySet>>>,
    current: Option<IdentitySet>,
}

impl IdentitySource for Store {
    fn poll(&mut self) -> SourceUpdate {
        self.current = self.next.lock().unwrap().clone();
        SourceUpdate::default()
    }

    fn current(&self) -> Option<&IdentitySet> {
        self.current.as_ref()
    }
}

type Client = MtlsClient<Full<Bytes>, Pipes>;

/// The client under test, and the model that it is compared with.
struct Machine {
    servers: Arc<Servers>,
    client: Client,
    reloader: IdentityReloader<Full<Bytes>, Pipes>,
    store: Store,
    prepared: Vec<PreparedGeneration<Full<Bytes>, Pipes>>,
    model: Model,
}

impl Machine {
    fn new(
        versions: &'static [&'static SupportedProtocolVersion],
        alpn: Alpn,
        has_failover: bool,
        has_sessions: bool,
        keeps_connections: bool,
    ) -> Self {
        let servers = Arc::new(Servers::new(versions, has_sessions));
        let settings = trusting(&servers.ca).alpn(alpn).clock(servers.clock());
        let connector = settings
            .identity(&servers.identities[0])
            .build_with_connector(servers.pipes())
            .unwrap();
        let builder = MtlsClient::builder(connector).pool_idle_timeout(IDLE_TIMEOUT);
        let builder = match keeps_connections {
            true => builder.max_connection_age(None),
            // Each connection serves one request, so that each request shows a certificate.
            false => builder.max_connection_age(Duration::ZERO),
        };
        let client = match has_failover {
            true => builder.failover().build(),
            false => builder.build(),
        };
        let store = Store::default();
        let reloader = IdentityReloader::new(client.clone(), store.clone()).clock(servers.clock());
        let is_tls12 = versions == TLS_VERSIONS[0];
        Self {
            model: Model::new(Rules {
                has_failover,
                has_sessions,
                keeps_connections,
                is_tls12,
            }),
            servers,
            client,
            reloader,
            store,
            prepared: Vec::new(),
        }
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Accept(place) => self.servers.refuse(*place, false),
            Step::Refuse(place) => self.servers.refuse(*place, true),
            Step::Expire(years) => {
                self.servers.pass_years(*years);
                self.model.years_passed();
            }
            Step::Pause(time) => tokio::time::advance(*time).await,
            Step::Rotate(places) => self.rotate(places),
            Step::Prepare(places) => {
                let prepared = self.client.prepare(self.servers.at(places));
                self.prepared.push(prepared.unwrap());
                self.model.prepared(places);
            }
            Step::Publish(_) if self.prepared.is_empty() => {}
            Step::Publish(which) => {
                let which = which % self.prepared.len();
                self.client.publish(&self.prepared[which]);
                self.model.published(which);
            }
            Step::Together(count, places) => self.together(*count, places).await,
            Step::Reload(places) => self.reload(places).await,
            Step::Connect(places) => self.connect(places).await,
            Step::Request(method) => self.request(method).await,
        }
        let generation = self.client.generation().number();
        assert_eq!(generation, self.model.generation(), "after {step:?}");
    }

    fn rotate(&mut self, places: &[usize]) {
        self.client.rotate(self.servers.at(places)).unwrap();
        self.model.rotated(places);
    }

    async fn reload(&mut self, places: &[usize]) {
        let members = places
            .iter()
            .map(|place| Arc::clone(&self.servers.identities[*place]));
        let set = IdentitySet::new(members, IdentitySet::TRULIOO).unwrap();
        let usable = set
            .usable_at(self.servers.now())
            .map(|it| self.servers.place(it));
        self.model.reloaded(usable.collect());
        *self.store.next.lock().unwrap() = Some(set);
        self.reloader.poll_once().await;
    }

    /// Connects with a connector of its own: what it learns is lost with it.
    async fn connect(&mut self, places: &[usize]) {
        let successor = self.client.prepare(self.servers.at(places)).unwrap();
        let mut connector = successor.connector().clone();
        let connected = connector
            .ready()
            .await
            .unwrap()
            .call(self.servers.uri())
            .await;
        self.model.connected();
        let expected = Model::first_of(places, &self.servers);
        let verdict = self.servers.verdict(expected);
        match connected {
            // Under TLS 1.3 the handshake is over before the server has judged.
            Ok(stream) => {
                assert!(verdict.is_none() || !self.model.rules.is_tls12);
                let leaf = self.servers.identities[expected].leaf().sha256();
                assert_eq!(stream.info().identity(), Some(leaf));
            }
            Err(error) => {
                assert!(self.model.rules.is_tls12);
                assert_eq!(Some(error.kind()), verdict);
            }
        }
        self.servers.settled().await;
        let place = expected;
        let is_resumed = false;
        assert_eq!(self.servers.take_shown(), [Shown { place, is_resumed }]);
        assert!(self.servers.take_requests().is_empty());
    }

    async fn request(&mut self, method: &Method) {
        let expected = self.model.request(&self.servers);
        let outcome = self.send(method).await;
        match (outcome, &expected.outcome) {
            (Ok(answer), Outcome::Answered(place)) => {
                let info = info(&answer);
                let leaf = self.servers.identities[*place].leaf().sha256();
                assert_eq!(info.identity(), Some(leaf), "{expected:?}");
                assert_eq!(info.generation().number(), self.model.generation());
                answer.into_body().collect().await.unwrap();
                // To HTTP it came once and whole, on the connection of this identity.
                let came = (*place, method.clone(), BODY);
                assert_eq!(self.servers.take_requests(), [came]);
            }
            (Err(error), Outcome::Refused(kind)) => {
                assert_eq!(error.kind(), *kind, "{expected:?} {error:?}");
                assert!(self.servers.take_requests().is_empty());
            }
            (outcome, _) => panic!("{expected:?}, but {outcome:?}"),
        }
        self.servers.settled().await;
        assert_eq!(self.servers.take_shown(), expected.shown);
    }

    fn send(
        &self,
        method: &Method,
    ) -> impl Future<Output = Result<http::Response<transport::ResponseBody>, Error>> + Send + use<>
    {
        let request = Request::builder().method(method).uri(self.servers.uri());
        self.client
            .clone()
            .oneshot(request.body(Full::from(BODY)).unwrap())
    }

    /// Sends requests during a rotation. Which of them meets which generation is chance; that none
    /// is lost, doubled or sent with another identity is not.
    async fn together(&mut self, count: usize, places: &[usize]) {
        let before = (self.model.generation(), self.model.places());
        let mut requests = JoinSet::new();
        for _ in 0..count {
            requests.spawn(self.send(&Method::POST));
        }
        tokio::task::yield_now().await;
        self.rotate(places);
        let after = (self.model.generation(), self.model.places());
        let mut answered = Vec::new();
        for outcome in requests.join_all().await {
            match outcome {
                Ok(answer) => {
                    let info = info(&answer);
                    let generation = info.generation().number();
                    let of = [&before, &after].into_iter().find(|it| it.0 == generation);
                    let Some((_, places)) = of else {
                        panic!("neither the generation before nor the one after: {info:?}");
                    };
                    let leaf = info.identity().unwrap();
                    let mut its = places.iter().copied();
                    let place = its.find(|it| self.servers.identities[*it].leaf().sha256() == leaf);
                    answered.push((place.unwrap(), Method::POST, BODY));
                    answer.into_body().collect().await.unwrap();
                }
                Err(error) => assert!(error.is_client_certificate_rejected(), "{error:?}"),
            }
        }
        self.servers.settled().await;
        let mut came = self.servers.take_requests();
        came.sort_by_key(|(place, ..)| *place);
        answered.sort_by_key(|(place, ..)| *place);
        assert_eq!(came, answered);
        let all = [before.1, after.1].concat();
        let shown = self.servers.take_shown();
        assert!(shown.iter().all(|it| all.contains(&it.place)), "{shown:?}");
        // What the newest generation has learned by this is chance too, so another follows that
        // knows nothing.
        self.rotate(places);
    }
}

const BODY: Bytes = Bytes::from_static(b"the whole of it");

fn run(steps: &[Step]) {
    for setting in 0..32_u8 {
        let has = |bit: u8| usize::from(setting >> bit & 1);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let (versions, alpn) = (TLS_VERSIONS[has(0)], HTTP_VERSIONS[has(1)]);
            let mut machine = Machine::new(versions, alpn, has(2) == 1, has(3) == 1, has(4) == 1);
            for step in steps {
                machine.take(step).await;
            }
        });
    }
}

/// Returns as many as `PROPTEST_CASES` asks for, or a few: each is run under thirty-two settings.
fn cases() -> u32 {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default().cases,
        None => 8,
    }
}

// A case that random steps seldom meet.
#[test]
fn kept_connection_serves_until_a_rotation_or_its_idle_timeout() {
    let request = || Step::Request(Method::POST);
    let pause = |seconds| Step::Pause(Duration::from_secs(seconds));
    run(&[
        request(),
        request(),
        // Who is on the connection is not judged again.
        Step::Refuse(0),
        request(),
        Step::Expire(3),
        pause(299),
        request(),
        pause(301),
        request(),
        Step::Accept(0),
        request(),
        Step::Rotate(vec![1, 0]),
        request(),
        Step::Prepare(vec![2]),
        request(),
        Step::Publish(0),
        request(),
        request(),
        Step::Together(5, vec![3]),
        request(),
        request(),
    ]);
}

// A case that random steps seldom meet.
#[test]
fn rejection_is_remembered_per_generation_until_forgiven() {
    let request = || Step::Request(Method::POST);
    let pause = |seconds| Step::Pause(Duration::from_secs(seconds));
    run(&[
        Step::Rotate(vec![0, 1]),
        Step::Refuse(0),
        request(),
        request(),
        pause(299),
        request(),
        pause(2),
        request(),
        Step::Accept(0),
        request(),
        pause(301),
        request(),
    ]);
    // Another generation knows nothing of it.
    run(&[
        Step::Refuse(1),
        Step::Rotate(vec![1, 0]),
        request(),
        Step::Rotate(vec![1, 0]),
        request(),
        Step::Prepare(vec![0]),
        Step::Rotate(vec![1]),
        Step::Publish(0),
        request(),
    ]);
}

// A case that random steps seldom meet.
#[test]
fn a_reloader_presents_its_identities_again_after_another_rotation() {
    let request = || Step::Request(Method::POST);
    run(&[
        Step::Reload(vec![0, 1]),
        request(),
        Step::Rotate(vec![1]),
        request(),
        // The same as before, yet no longer in use.
        Step::Reload(vec![0, 1]),
        request(),
        Step::Reload(vec![0, 1]),
        request(),
        // The one that is not valid yet is left out, which makes no difference.
        Step::Rotate(vec![0, 1]),
        Step::Reload(vec![3, 0, 1]),
        request(),
        Step::Rotate(vec![3]),
        Step::Reload(vec![3, 0, 1]),
        request(),
    ]);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_the_server_sees_what_the_model_says(
        steps in proptest::collection::vec(step(), 1..25)
    ) {
        run(&steps);
    }
}
