//! Whatever happens in whatever order, the client does what a plain model says, and the server sees exactly that.
//!
//! TLS at both ends, over pipes in memory and by clocks of the test. Sessions are not resumed here, so that each
//! connection shows its certificate.

mod model;
mod world;

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
use tower::{Service, ServiceExt};
use transport::{Alpn, Follower, IdentitySource, MtlsClient, Polled, Successor};

use crate::{HTTP_VERSIONS, TLS_VERSIONS, info, trusting};
use model::{Model, Outcome};
use world::{IDENTITIES, Pipes, World};

/// One thing that happens. Identities are known by their place among [`IDENTITIES`].
#[derive(Clone, Debug)]
enum Step {
    /// The server takes an identity again.
    Accept(usize),
    /// A connection is opened by the connector alone, with these.
    Connect(Vec<usize>),
    /// It is a later new year.
    Expire(u64),
    /// Time passes.
    Pause(Duration),
    Prepare(Vec<usize>),
    /// What was prepared last is published, be it the newest or not.
    Publish,
    /// The server refuses an identity from now on.
    Refuse(usize),
    /// The source has these, and is looked at.
    Reload(Vec<usize>),
    Request(Method),
    Rotate(Vec<usize>),
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
        1 => (0_u64..2).prop_map(Step::Expire),
        2 => prop_oneof![Just(299), Just(301), Just(301)]
            .prop_map(|seconds| Step::Pause(Duration::from_secs(seconds))),
        1 => places().prop_map(Step::Prepare),
        1 => Just(Step::Publish),
        2 => place().prop_map(Step::Refuse),
        1 => places().prop_map(Step::Reload),
        8 => method.prop_map(Step::Request),
        1 => places().prop_map(Step::Rotate),
    ]
}

/// The source of the follower.
#[derive(Clone, Default)]
struct Store {
    next: Arc<Mutex<Option<IdentitySet>>>,
    current: Option<IdentitySet>,
}

impl IdentitySource for Store {
    fn poll(&mut self) -> Polled {
        self.current = self.next.lock().unwrap().clone();
        Polled::default()
    }

    fn current(&self) -> Option<&IdentitySet> {
        self.current.as_ref()
    }
}

type Client = MtlsClient<Full<Bytes>, Pipes>;

/// What is tested, and what it is held against.
struct Machine {
    world: Arc<World>,
    client: Client,
    follower: Follower<Full<Bytes>, Pipes>,
    store: Store,
    prepared: Option<Successor<Full<Bytes>, Pipes>>,
    model: Model,
}

impl Machine {
    fn new(
        versions: &'static [&'static SupportedProtocolVersion],
        alpn: Alpn,
        has_failover: bool,
    ) -> Self {
        let world = Arc::new(World::new(versions));
        let settings = trusting(&world.authority).alpn(alpn).clock(world.clock());
        let connector = settings
            .identity(&world.identities[0])
            .build_over(Pipes(Arc::clone(&world)))
            .unwrap();
        // Each connection serves one request, so that each request shows a certificate.
        let builder = MtlsClient::builder(connector).connection_age(Duration::ZERO);
        let client = match has_failover {
            true => builder.failover().build(),
            false => builder.build(),
        };
        let store = Store::default();
        let follower = Follower::new(client.clone(), store.clone()).clock(world.clock());
        let is_tls12 = versions == TLS_VERSIONS[0];
        Self {
            model: Model::new(has_failover, is_tls12),
            world,
            client,
            follower,
            store,
            prepared: None,
        }
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Accept(place) => self.world.refuse(*place, false),
            Step::Refuse(place) => self.world.refuse(*place, true),
            Step::Expire(years) => self.world.pass_years(*years),
            Step::Pause(time) => tokio::time::advance(*time).await,
            Step::Rotate(places) => {
                self.client.rotate(self.world.at(places)).unwrap();
                self.model.rotated(places);
            }
            Step::Prepare(places) => {
                self.prepared = Some(self.client.prepare(self.world.at(places)).unwrap());
                self.model.prepared(places);
            }
            Step::Publish => {
                if let Some(prepared) = &self.prepared {
                    self.client.publish(prepared);
                    self.model.published();
                }
            }
            Step::Reload(places) => self.reload(places).await,
            Step::Connect(places) => self.connect(places).await,
            Step::Request(method) => self.request(method).await,
        }
        let generation = self.client.generation().number();
        assert_eq!(generation, self.model.generation(), "after {step:?}");
    }

    async fn reload(&mut self, places: &[usize]) {
        let members = places
            .iter()
            .map(|place| Arc::clone(&self.world.identities[*place]));
        let set = IdentitySet::new(members).unwrap();
        let usable = set
            .usable_at(self.world.now())
            .map(|it| self.world.place(it));
        self.model.reloaded(usable.collect());
        *self.store.next.lock().unwrap() = Some(set);
        self.follower.step().await;
    }

    /// With a connector of its own: what it learns is lost with it.
    async fn connect(&mut self, places: &[usize]) {
        let successor = self.client.prepare(self.world.at(places)).unwrap();
        let mut connector = successor.connector().clone();
        let connected = connector
            .ready()
            .await
            .unwrap()
            .call(self.world.uri())
            .await;
        self.model.connected();
        let expected = Model::first_of(places, &self.world);
        let verdict = self.world.verdict(expected);
        match connected {
            // Under TLS 1.3 the handshake is over before the server has judged.
            Ok(stream) => {
                assert!(verdict.is_none() || !self.model.is_tls12);
                let leaf = self.world.identities[expected].leaf().sha256();
                assert_eq!(stream.info().identity(), Some(leaf));
            }
            Err(error) => {
                assert!(self.model.is_tls12);
                assert_eq!(Some(error.kind()), verdict);
            }
        }
        self.world.settled().await;
        assert_eq!(self.world.take_shown(), [expected]);
        assert!(self.world.take_requests().is_empty());
    }

    async fn request(&mut self, method: &Method) {
        let expected = self.model.request(&self.world);
        let request = Request::builder().method(method).uri(self.world.uri());
        let request = request.body(Full::from("body")).unwrap();
        let outcome = self.client.clone().oneshot(request).await;
        match (outcome, &expected.outcome) {
            (Ok(answer), Outcome::Answered(place)) => {
                let info = info(&answer);
                let leaf = self.world.identities[*place].leaf().sha256();
                assert_eq!(info.identity(), Some(leaf), "{expected:?}");
                assert_eq!(info.generation().number(), self.model.generation());
                answer.into_body().collect().await.unwrap();
                // To HTTP it came once, on the connection of this identity.
                assert_eq!(self.world.take_requests(), [(*place, method.clone())]);
            }
            (Err(error), Outcome::Refused(kind)) => {
                assert_eq!(error.kind(), *kind, "{expected:?} {error:?}");
                assert!(self.world.take_requests().is_empty());
            }
            (outcome, _) => panic!("{expected:?}, but {outcome:?}"),
        }
        self.world.settled().await;
        assert_eq!(self.world.take_shown(), expected.shown);
    }
}

fn run(steps: &[Step]) {
    for versions in TLS_VERSIONS {
        for alpn in HTTP_VERSIONS {
            for has_failover in [false, true] {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .start_paused(true)
                    .build()
                    .unwrap();
                runtime.block_on(async {
                    let mut machine = Machine::new(versions, alpn, has_failover);
                    for step in steps {
                        machine.take(step).await;
                    }
                });
            }
        }
    }
}

/// What chance may miss.
#[test]
fn a_refusal_is_remembered_by_its_generation_until_it_is_forgiven() {
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
        Step::Publish,
        request(),
    ]);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.min(24),
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_the_server_sees_what_the_model_says(
        steps in proptest::collection::vec(step(), 1..25)
    ) {
        run(&steps);
    }
}
