//! A client that reloads identities from files.

use std::{
    fs,
    future::poll_fn,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    task::Poll,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use identity::{FileSource, Identity, IdentitySet, Loader};
use mock_tls::Ca;
use tempfile::TempDir;
use transport::{Generation, IdentityReloader, IdentitySource, ReloadEvent, SourceUpdate};

use crate::{
    Client,
    certificates::{Issue, new_ca},
    client, get, info,
    server::{Seen, Server, Settings},
    trusting,
};

/// A folder of identities, the client that reloads it, and the events.
struct Setting {
    folder: TempDir,
    client: Client,
    clock: Arc<Mutex<SystemTime>>,
    events: Arc<Mutex<Vec<String>>>,
}

impl Setting {
    fn new(ca: &Ca) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            client: client(trusting(ca)),
            clock: Arc::new(Mutex::new(new_year(2030))),
            events: Arc::default(),
        }
    }

    fn reloader(&self) -> IdentityReloader<Full<Bytes>> {
        let loader = Loader::new().validate_at(new_year(2030));
        let source = FileSource::directory(loader, self.folder.path());
        let (clock, events) = (Arc::clone(&self.clock), Arc::clone(&self.events));
        IdentityReloader::new(self.client.clone(), source)
            .clock(move || *clock.lock().unwrap())
            .on_event(move |event| events.lock().unwrap().push(kind(event)))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a pair into the folder, each file in one step.
    fn write(&self, name: &str, (certificate, key): &(String, String)) {
        for (ending, content) in [("key", key), ("crt", certificate)] {
            let path = self.path(&format!("{name}.{ending}"));
            replace(&path, content);
        }
    }

    fn set_clock(&self, now: SystemTime) {
        *self.clock.lock().unwrap() = now;
    }

    /// Takes the events since the last time.
    fn events(&self) -> Vec<String> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

pub(crate) fn replace(path: &Path, content: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, content).unwrap();
    fs::rename(beside, path).unwrap();
}

fn kind(event: &ReloadEvent) -> String {
    let word = match event {
        ReloadEvent::ExpiresSoon { left, .. } => {
            return format!("expires in {}", left.as_secs() / 86_400);
        }
        ReloadEvent::Refused { .. } => "refused",
        ReloadEvent::Rotated { .. } => "rotated",
        ReloadEvent::Source(identity::Event::Failed { .. }) => "failed",
        ReloadEvent::Source(identity::Event::Loaded { .. }) => "loaded",
        ReloadEvent::Source(identity::Event::Recovered { .. }) => "recovered",
        ReloadEvent::Source(identity::Event::Removed { .. }) => "removed",
        _ => "another",
    };
    word.to_owned()
}

pub(crate) fn new_year(year: u64) -> SystemTime {
    // Leap years until 2100 are those that four divides.
    let days = (year - 1970) * 365 + (year - 1969) / 4;
    UNIX_EPOCH + Duration::from_secs(days * 86_400)
}

/// Counts the certificates that the server has been shown.
async fn certificates(server: &Server, connections: usize) -> usize {
    let seen = server.seen(connections).await;
    let mut shown: Vec<_> = seen
        .iter()
        .filter_map(|seen| match seen {
            Seen::Connected {
                client: Some(client),
                ..
            } => Some(client.as_ref()),
            _ => None,
        })
        .collect();
    shown.sort();
    shown.dedup();
    shown.len()
}

#[tokio::test]
async fn a_renewed_certificate_is_presented_without_a_restart() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let setting = Setting::new(&ca);
    setting.write("a", &ca.client_pem(2020, 2040));
    let mut reloader = setting.reloader();
    reloader.poll_once().await;
    assert_eq!(setting.events(), ["loaded", "rotated"]);
    let first = info(&get(&setting.client, &server.uri("/")).await.unwrap());

    reloader.poll_once().await;
    assert!(setting.events().is_empty(), "nothing has changed");

    setting.write("a", &ca.client_pem(2021, 2041));
    let mut looks = 0;
    while setting.client.generation() == first.generation() {
        reloader.poll_once().await;
        looks += 1;
        assert!(looks < 4, "{:?}", setting.events());
    }
    assert_eq!(setting.events(), ["loaded", "rotated"]);
    let second = info(&get(&setting.client, &server.uri("/")).await.unwrap());
    assert!(first.generation() < second.generation());
    assert_eq!(certificates(&server, 2).await, 2);
}

#[test]
fn dropped_step_is_made_up_by_the_next() {
    // One thread for blocking work, which is busy while the step is dropped.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let ca = new_ca();
    let setting = Setting::new(&ca);
    setting.write("a", &ca.client_pem(2020, 2040));
    let before = setting.client.generation();
    let mut reloader = setting.reloader();
    runtime.block_on(async {
        let busy = tokio::task::spawn_blocking(move || released.recv());
        let mut step = Box::pin(reloader.poll_once());
        let polled = poll_fn(|cx| Poll::Ready(step.as_mut().poll(cx).is_pending())).await;
        assert!(polled, "it waits for the files");
        drop(step);
        release.send(()).unwrap();
        busy.await.unwrap().unwrap();
        reloader.poll_once().await;
    });
    assert!(before < setting.client.generation());
    assert_eq!(setting.events().last().unwrap(), "rotated");
}

#[tokio::test]
async fn a_broken_file_is_an_event_and_changes_nothing() {
    let ca = new_ca();
    let setting = Setting::new(&ca);
    setting.write("a", &ca.client_pem(2020, 2040));
    let mut reloader = setting.reloader();
    reloader.poll_once().await;
    setting.events();
    let before = setting.client.generation();

    replace(&setting.path("a.crt"), "no certificate");
    for _ in 0..4 {
        reloader.poll_once().await;
    }
    assert_eq!(setting.events(), ["failed"], "once");
    assert_eq!(setting.client.generation(), before);
}

#[tokio::test]
async fn future_certificate_takes_over_at_its_begin() {
    let ca = new_ca();
    let setting = Setting::new(&ca);
    setting.write("a", &ca.client_pem(2020, 2040));
    setting.write("b", &ca.client_pem(2031, 2041));
    let mut reloader = setting.reloader();
    let pause = reloader.poll_once().await;
    assert_eq!(setting.events(), ["loaded", "loaded", "rotated"]);
    let first = setting.client.generation();
    assert!(pause <= Duration::from_secs(33), "{pause:?}");

    // Ten seconds before, the pause ends when the other begins.
    setting.set_clock(new_year(2031) - Duration::from_secs(10));
    let pause = reloader.poll_once().await;
    assert_eq!(pause, Duration::from_secs(10));
    assert_eq!(setting.client.generation(), first);

    setting.set_clock(new_year(2031));
    reloader.poll_once().await;
    assert_eq!(setting.events(), ["rotated"]);
    assert!(first < setting.client.generation());
}

#[tokio::test]
async fn identity_refused_by_the_probe_is_retried_later() {
    let (ca, other) = (new_ca(), new_ca());
    let server = Server::start(Settings::mutual(&ca)).await;
    let setting = Setting::new(&ca);
    setting.write("a", &ca.client_pem(2020, 2040));
    let uri = server.uri("/");
    let mut reloader = setting.reloader().probe(move |client: Client| {
        let uri = uri.clone();
        async move {
            get(&client, &uri).await?;
            Ok(())
        }
    });
    reloader.poll_once().await;
    assert_eq!(setting.events(), ["loaded", "rotated"]);
    let good = setting.client.generation();

    // A certificate of a CA that the server does not know: newer, and refused.
    setting.write("b", &other.client_pem(2021, 2041));
    for _ in 0..3 {
        reloader.poll_once().await;
    }
    assert_eq!(setting.events(), ["loaded", "refused"], "once");
    assert_eq!(setting.client.generation(), good);
    get(&setting.client, &server.uri("/")).await.unwrap();

    setting.set_clock(new_year(2030) + Duration::from_secs(5 * 60));
    reloader.poll_once().await;
    assert_eq!(setting.events(), ["refused"]);

    // New files are tried at once.
    setting.write("b", &ca.client_pem(2022, 2042));
    for _ in 0..2 {
        reloader.poll_once().await;
    }
    assert_eq!(setting.events(), ["loaded", "rotated"]);
    assert!(good < setting.client.generation());
}

#[tokio::test]
async fn last_expiry_is_announced_once_at_each_threshold() {
    let ca = new_ca();
    let setting = Setting::new(&ca);
    setting.write("a", &ca.client_pem(2020, 2032));
    setting.write("b", &ca.client_pem(2021, 2040));
    let mut reloader = setting.reloader();
    // The end of the first is of no interest as long as there is the other.
    setting.set_clock(new_year(2032) - DAY);
    reloader.poll_once().await;
    assert_eq!(setting.events(), ["loaded", "loaded", "rotated"]);

    let end = new_year(2040);
    let mut said = Vec::new();
    for days in (0..40).rev() {
        setting.set_clock(end - days * DAY);
        reloader.poll_once().await;
        let events = setting.events();
        said.extend(events.into_iter().filter(|it| it.starts_with("expires")));
    }
    let days = [30, 14, 7, 3, 1].map(|days| format!("expires in {days}"));
    assert_eq!(said, days);
}

#[tokio::test]
async fn a_client_keeps_what_it_has_when_everything_has_ended() {
    let ca = new_ca();
    let setting = Setting::new(&ca);
    setting.write("a", &ca.client_pem(2020, 2040));
    let mut reloader = setting.reloader();
    reloader.poll_once().await;
    let before: Generation = setting.client.generation();
    setting.set_clock(new_year(2050));
    let pause = reloader.poll_once().await;
    assert_eq!(setting.client.generation(), before);
    assert!(pause >= Duration::from_secs(1));
}

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// A store of one's own: what it has is taken up, and what it says is passed on.
struct Store(Arc<Mutex<Option<IdentitySet>>>, Option<IdentitySet>);

impl IdentitySource for Store {
    fn poll(&mut self) -> SourceUpdate {
        self.1 = self.0.lock().unwrap().clone();
        SourceUpdate::default()
    }

    fn current(&self) -> Option<&IdentitySet> {
        self.1.as_ref()
    }
}

fn identity(ca: &Ca, from: i32, to: i32) -> Arc<Identity> {
    let (certificate, key) = ca.client_pem(from, to);
    let loader = Loader::new().allow_outside_validity();
    let loaded = loader.load(certificate.as_bytes(), key.as_bytes());
    Arc::new(loaded.unwrap().into_parts().0)
}

fn shown(seen: &[Seen], identity: &Identity) -> usize {
    let leaf = identity.certificate_chain().first();
    let is_shown =
        |seen: &&Seen| matches!(seen, Seen::Connected { client, .. } if client.as_ref() == leaf);
    seen.iter().filter(is_shown).count()
}

#[tokio::test]
async fn in_memory_set_follows_validity_of_its_members() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let (first, second) = (identity(&ca, 2020, 2040), identity(&ca, 2025, 2041));
    let set = IdentitySet::new(
        [Arc::clone(&first), Arc::clone(&second)],
        IdentitySet::TRULIOO,
    )
    .unwrap();
    let clock = Arc::new(Mutex::new(new_year(2024)));
    let now = {
        let clock = Arc::clone(&clock);
        move || *clock.lock().unwrap()
    };
    // A connection for each request, so that each is counted.
    let client = client(trusting(&ca).alpn(transport::Alpn::Http11));
    let mut reloader = IdentityReloader::new(client.clone(), set).clock(now);
    for (number, (year, current)) in [
        (2024, &first),
        // Whoever has a newer one wants it used.
        (2030, &second),
        // Nothing is valid: what there was stays, so that a refusal is one with a reason.
        (2042, &second),
    ]
    .into_iter()
    .enumerate()
    {
        *clock.lock().unwrap() = new_year(year);
        reloader.poll_once().await;
        let answer = get(&client, &server.uri("/close")).await.unwrap();
        let leaf = info(&answer).identity();
        assert_eq!(leaf, Some(current.leaf().sha256()), "{year}");
        answer.into_body().collect().await.unwrap();
        assert_eq!(server.seen(number + 1).await.len(), number + 1);
    }
    let seen = server.seen(3).await;
    assert_eq!((shown(&seen, &first), shown(&seen, &second)), (1, 2));
}

#[tokio::test]
async fn identities_of_a_custom_source_are_used() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let content = Arc::new(Mutex::new(None));
    let client = client(trusting(&ca));
    let mut reloader = IdentityReloader::new(client.clone(), Store(Arc::clone(&content), None));
    reloader.poll_once().await;
    assert!(
        get(&client, &server.uri("/")).await.is_err(),
        "there is nothing yet"
    );

    let member = identity(&ca, 2020, 2040);
    let set = IdentitySet::new([Arc::clone(&member)], IdentitySet::TRULIOO).unwrap();
    *content.lock().unwrap() = Some(set);
    reloader.poll_once().await;
    let answer = get(&client, &server.uri("/")).await.unwrap();
    assert_eq!(info(&answer).identity(), Some(member.leaf().sha256()));
    assert_eq!(shown(&server.seen(2).await, &member), 1);
}
