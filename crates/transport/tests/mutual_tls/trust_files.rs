//! A client that reloads trust anchors and revocation lists from files.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::SystemTime,
};

use identity::IdentitySet;
use mock_tls::Ca;
use rustls::AlertDescription;
use tempfile::TempDir;
use transport::{
    Alpn, ConfigError, ErrorKind, IdentityReloader, IdentitySource, MtlsConnector, ReloadEvent,
    ServerCertificateProblem, SourceUpdate, TrustAnchors, TrustEvent, TrustFiles,
};

use crate::{
    Client,
    certificates::{Issue, ca_until, named_ca},
    client,
    reload::{DAY, new_year, replace},
    server::{Server, Settings},
    trust::{UNKNOWN, ask, settings},
};

type Clock = Arc<Mutex<SystemTime>>;

/// Files, the client that reloads them, and the events.
struct Setting {
    folder: TempDir,
    clock: Clock,
    events: Arc<Mutex<Vec<String>>>,
    clients: Ca,
}

impl Setting {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: Arc::new(Mutex::new(new_year(2025))),
            events: Arc::default(),
            clients: named_ca("Clients"),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        replace(&self.path(name), content);
    }

    fn now(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let clock = Arc::clone(&self.clock);
        move || *clock.lock().unwrap()
    }

    fn set_clock(&self, now: SystemTime) {
        *self.clock.lock().unwrap() = now;
    }

    fn anchors(&self) -> TrustFiles {
        TrustFiles::only(self.path("ca.pem")).clock(self.now())
    }

    fn with_lists(&self) -> TrustFiles {
        self.anchors().revocation_lists(self.path("ca.crl"))
    }

    fn reload(&self, mut files: TrustFiles) -> (Client, IdentityReloader<crate::Body>) {
        let client = self.client(files.load().unwrap());
        let reloader = self.reloader(&client, files);
        (client, reloader)
    }

    fn client(&self, trust: TrustAnchors) -> Client {
        let settings = MtlsConnector::builder(trust)
            .identity(&self.clients.client())
            .alpn(Alpn::Http11)
            .clock(self.now());
        client(settings)
    }

    fn reloader(
        &self,
        client: &Client,
        source: impl IdentitySource,
    ) -> IdentityReloader<crate::Body> {
        let events = Arc::clone(&self.events);
        IdentityReloader::new(client.clone(), source)
            .clock(self.now())
            .on_event(move |event| events.lock().unwrap().push(word(event)))
    }

    fn settings(&self, server: &Ca) -> Settings {
        settings(&self.clients, server)
    }

    /// Takes the events since the last time.
    fn events(&self) -> Vec<String> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

fn word(event: &ReloadEvent) -> String {
    match event {
        ReloadEvent::Trust(TrustEvent::Failed { .. }) => "failed",
        ReloadEvent::Trust(TrustEvent::Loaded { .. }) => "loaded",
        ReloadEvent::Trust(TrustEvent::Recovered) => "recovered",
        ReloadEvent::TrustRenewed { .. } => "renewed",
        ReloadEvent::Rotated { .. } => "rotated",
        ReloadEvent::TrustExpires(expiry) => return expiry.to_string(),
        other => return format!("another: {other}"),
    }
    .to_owned()
}

async fn steps(reloader: &mut IdentityReloader<crate::Body>, count: usize) {
    for _ in 0..count {
        reloader.poll_once().await;
    }
}

#[tokio::test]
async fn ca_is_trusted_once_its_file_has_it() {
    let (old, new) = (named_ca("Old"), named_ca("New"));
    let setting = Setting::new();
    let server = Server::start(setting.settings(&new)).await;
    setting.write("ca.pem", old.pem());
    let (client, mut reloader) = setting.reload(setting.anchors());
    reloader.poll_once().await;
    assert!(setting.events().is_empty(), "it was loaded at the start");
    assert_eq!(ask(&client, &server).await.unwrap_err(), UNKNOWN);
    assert_eq!(server.first().await.alert(), AlertDescription::UnknownCA);

    setting.write("ca.pem", &[old.pem(), new.pem()].concat());
    reloader.poll_once().await;
    assert!(setting.events().is_empty(), "it is looked at twice");
    reloader.poll_once().await;
    assert_eq!(setting.events(), ["loaded", "renewed"]);
    ask(&client, &server).await.unwrap();
    steps(&mut reloader, 2).await;
    assert!(setting.events().is_empty());

    setting.write("ca.pem", old.pem());
    steps(&mut reloader, 2).await;
    assert_eq!(setting.events(), ["loaded", "renewed"]);
    assert_eq!(ask(&client, &server).await.unwrap_err(), UNKNOWN);
}

#[tokio::test]
async fn unusable_file_keeps_the_last_good_anchors() {
    let (good, other) = (named_ca("Good"), named_ca("Other"));
    let setting = Setting::new();
    let server = Server::start(setting.settings(&good)).await;
    setting.write("ca.pem", good.pem());
    let (client, mut reloader) = setting.reload(setting.anchors());
    let before = client.generation();
    let cut = other.pem().replace("-----END", "----END");
    let not_base64 = other.pem().replacen("\nM", "\n!", 1);
    for bad in [
        String::new(),
        "no certificate".to_owned(),
        cut.clone(),
        // One good anchor beside what is damaged: which one, is unknown.
        good.pem().to_owned() + &cut,
        not_base64 + good.pem(),
        " ".repeat((4 << 20) + 1),
    ] {
        setting.write("ca.pem", &bad);
        steps(&mut reloader, 4).await;
        assert_eq!(setting.events(), ["failed"], "once, of {:.60?}", bad);
        setting.write("ca.pem", good.pem());
        steps(&mut reloader, 2).await;
        assert_eq!(setting.events(), ["recovered"]);
    }
    fs::remove_file(setting.path("ca.pem")).unwrap();
    steps(&mut reloader, 4).await;
    assert_eq!(setting.events(), ["failed"]);
    assert_eq!(client.generation(), before);
    ask(&client, &server).await.unwrap();

    // The nearest that is taken: something whole that is no certificate.
    let key = setting.clients.client_pem(2020, 2040).1;
    setting.write("ca.pem", &[good.pem(), &key].concat());
    steps(&mut reloader, 2).await;
    assert_eq!(setting.events(), ["loaded"], "it decides as before");
}

#[tokio::test]
async fn half_written_files_are_left_alone() {
    let [good, other, third] = ["Good", "Other", "Third"].map(named_ca);
    let setting = Setting::new();
    setting.write("ca.pem", good.pem());
    let (client, mut reloader) = setting.reload(setting.anchors());
    let before = client.generation();
    let two = [good.pem(), other.pem()].concat();
    let all = [&two, third.pem()].concat();
    // Cut between two certificates, it looks whole.
    for length in [0, 100, two.len(), all.len() - 100] {
        fs::write(setting.path("ca.pem"), &all[..length]).unwrap();
        let pause = reloader.poll_once().await;
        assert_eq!(pause.as_secs(), 1, "it comes back soon");
    }
    assert!(setting.events().is_empty());
    assert_eq!(client.generation(), before);
    fs::write(setting.path("ca.pem"), all).unwrap();
    steps(&mut reloader, 2).await;
    assert_eq!(setting.events(), ["loaded", "renewed"]);
}

#[tokio::test]
async fn files_that_never_come_to_rest_are_told_once() {
    let good = named_ca("Good");
    let setting = Setting::new();
    setting.write("ca.pem", good.pem());
    let (_client, mut reloader) = setting.reload(setting.anchors());
    for number in 0..40 {
        setting.write("ca.pem", &format!("{}\n{number}", good.pem()));
        reloader.poll_once().await;
    }
    assert_eq!(setting.events(), ["failed"]);
    steps(&mut reloader, 2).await;
    assert_eq!(setting.events(), ["loaded"]);
}

const GOOD: u64 = 7;

#[tokio::test]
async fn revocation_takes_effect_for_new_connections() {
    let ca = named_ca("Server");
    let setting = Setting::new();
    let certificate = ca.numbered_server("localhost", GOOD);
    let server = Server::start(Settings {
        client_ca: Some(setting.clients.certificate()),
        ..Settings::one_sided(certificate)
    })
    .await;
    let list = |revoked: &[u64]| ca.crl(revoked, 2040).pem().unwrap();
    setting.write("ca.pem", ca.pem());
    setting.write("ca.crl", &list(&[GOOD + 1]));
    let (client, mut reloader) = setting.reload(setting.with_lists());
    ask(&client, &server).await.unwrap();
    ask(&client, &server).await.unwrap();

    setting.write("ca.crl", &list(&[GOOD]));
    steps(&mut reloader, 2).await;
    assert_eq!(setting.events(), ["loaded", "renewed"]);
    let revoked = ErrorKind::ServerCertificate(ServerCertificateProblem::Revoked);
    assert_eq!(ask(&client, &server).await.unwrap_err(), revoked);
    assert_eq!(
        server.seen(3).await[2].alert(),
        AlertDescription::CertificateRevoked
    );

    // A damaged list would let pass what it revokes.
    let cut = list(&[]).replace("-----END", "----END");
    setting.write("ca.crl", &cut);
    steps(&mut reloader, 3).await;
    assert_eq!(setting.events(), ["failed"]);
    assert_eq!(ask(&client, &server).await.unwrap_err(), revoked);
}

// The list is of ten years, the last of which is a tenth.
#[tokio::test]
async fn list_is_announced_before_its_end_and_renewed_in_time() {
    let ca = named_ca("Server");
    let setting = Setting::new();
    let server = Server::start(setting.settings(&ca)).await;
    let list = |until| ca.crl(&[], until).pem().unwrap();
    setting.write("ca.pem", ca.pem());
    setting.write("ca.crl", &list(2030));
    let (client, mut reloader) = setting.reload(setting.with_lists());
    setting.set_clock(new_year(2029) - 2 * DAY);
    reloader.poll_once().await;
    assert!(setting.events().is_empty());
    setting.set_clock(new_year(2029) + DAY);
    steps(&mut reloader, 2).await;
    let said = setting.events();
    assert!(
        said.len() == 1
            && said[0].contains("revocation list 1 (of CN=Server")
            && said[0].contains("364 days"),
        "{said:?}"
    );
    setting.set_clock(new_year(2030) - DAY);
    reloader.poll_once().await;
    assert_eq!(setting.events().len(), 1, "half of it later");

    // An expired one in its place is not taken, be the clock as it may.
    setting.write("ca.crl", &list(2026));
    steps(&mut reloader, 3).await;
    assert_eq!(setting.events(), ["failed"]);
    ask(&client, &server).await.unwrap();

    setting.write("ca.crl", &list(2035));
    steps(&mut reloader, 2).await;
    assert_eq!(setting.events(), ["loaded", "renewed"]);
    setting.set_clock(new_year(2031));
    steps(&mut reloader, 2).await;
    assert!(setting.events().is_empty());
    ask(&client, &server).await.unwrap();

    // Not renewed, it ends all connections, and that is told.
    setting.set_clock(new_year(2035));
    reloader.poll_once().await;
    let said = setting.events();
    assert!(
        said.len() == 1 && said[0].contains("is out of date, and no server"),
        "{said:?}"
    );
    let expired = ErrorKind::ServerCertificate(ServerCertificateProblem::RevocationListExpired);
    assert_eq!(ask(&client, &server).await.unwrap_err(), expired);
}

#[tokio::test]
async fn list_refused_by_wrong_clock_is_taken_later() {
    let ca = named_ca("Server");
    let setting = Setting::new();
    let list = |until| ca.crl(&[], until).pem().unwrap();
    setting.write("ca.pem", ca.pem());
    setting.write("ca.crl", &list(2060));
    let (_client, mut reloader) = setting.reload(setting.with_lists());
    setting.set_clock(new_year(2050));
    setting.write("ca.crl", &list(2040));
    steps(&mut reloader, 4).await;
    assert_eq!(setting.events(), ["failed"]);
    setting.set_clock(new_year(2026));
    steps(&mut reloader, 2).await;
    assert_eq!(setting.events(), ["loaded", "renewed"]);
}

#[tokio::test]
async fn expired_list_in_use_holds_up_no_other_list() {
    let [late, other] = ["Late", "Other"].map(named_ca);
    let setting = Setting::new();
    let list = |ca: &Ca, until| ca.crl(&[], until).pem().unwrap();
    let expiring = list(&late, 2030);
    setting.write("ca.pem", &[late.pem(), other.pem()].concat());
    setting.write("ca.crl", &[expiring.clone(), list(&other, 2040)].concat());
    let (_client, mut reloader) = setting.reload(setting.with_lists());
    setting.set_clock(new_year(2031));
    reloader.poll_once().await;
    setting.events();

    setting.write("ca.crl", &[expiring, list(&other, 2045)].concat());
    steps(&mut reloader, 2).await;
    assert_eq!(setting.events(), ["loaded", "renewed"]);
    // Another expired one is no better than that which is there.
    setting.write("ca.crl", &[list(&late, 2029), list(&other, 2045)].concat());
    steps(&mut reloader, 3).await;
    assert_eq!(setting.events(), ["failed"]);
}

#[tokio::test]
async fn end_of_the_last_anchor_is_announced() {
    let (first, last) = (ca_until(2030), ca_until(2032));
    let setting = Setting::new();
    let server = Server::start(setting.settings(&last)).await;
    setting.write("ca.pem", &[first.pem(), last.pem()].concat());
    let (client, mut reloader) = setting.reload(setting.anchors());
    // The end of the first is of no interest as long as there is the other.
    setting.set_clock(new_year(2030) - DAY);
    reloader.poll_once().await;
    assert!(setting.events().is_empty());
    for days in (0..40).rev() {
        setting.set_clock(new_year(2032) - days * DAY);
        reloader.poll_once().await;
    }
    let said = setting.events();
    let days = [
        "30 days",
        "14 days",
        "7 days",
        "3 days",
        "24 hours",
        "has expired",
    ];
    assert_eq!(said.len(), days.len(), "{said:?}");
    for (said, days) in said.iter().zip(days) {
        assert!(
            said.contains("the last trust anchor") && said.contains(days),
            "{said}"
        );
    }
    // By its dates alone, no server is refused; this is why the text asks for no more than the next
    // anchor.
    ask(&client, &server).await.unwrap();
}

#[test]
fn first_load_names_the_file_that_is_of_no_use() {
    let ca = named_ca("Server");
    let setting = Setting::new();
    let load = || setting.with_lists().load();
    assert!(
        matches!(load(), Err(ConfigError::ReadTrustAnchors { path, .. }) if path == setting.path("ca.pem"))
    );
    setting.write("ca.pem", ca.pem());
    setting.write("ca.crl", "");
    let in_file = |name: &str| matches!(load(), Err(ConfigError::InTrustFile { path, .. }) if path == setting.path(name));
    assert!(in_file("ca.crl"));
    setting.write("ca.pem", "");
    assert!(in_file("ca.pem"));
    setting.write("ca.pem", ca.pem());
    setting.write("ca.crl", &ca.crl(&[], 2022).pem().unwrap());
    assert!(matches!(
        load(),
        Err(ConfigError::RevocationListExpired { position: 1, .. })
    ));
    // A CA that is damaged beside a good one is left out: there is nothing better to go on with.
    setting.write("ca.crl", &ca.crl(&[], 2040).pem().unwrap());
    let damaged = ca.pem().replacen("\nM", "\n!", 1);
    setting.write("ca.pem", &[ca.pem(), &damaged].concat());
    assert_eq!(load().unwrap().findings().len(), 1);
    // Expired lists are taken where they are asked for.
    setting.write("ca.crl", &ca.crl(&[], 2022).pem().unwrap());
    let lenient = TrustAnchors::empty().allow_expired_revocation_lists();
    let files = TrustFiles::beside(lenient).anchors(setting.path("ca.pem"));
    files
        .revocation_lists(setting.path("ca.crl"))
        .load()
        .unwrap();
}

/// Blocks until it is released.
struct Hanging(std::sync::mpsc::Receiver<()>);

impl IdentitySource for Hanging {
    fn poll(&mut self) -> SourceUpdate {
        let _ = self.0.recv();
        SourceUpdate::default()
    }

    fn current(&self) -> Option<&IdentitySet> {
        None
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_source_is_reported_and_blocks_no_other() {
    let (old, new) = (named_ca("Old"), named_ca("New"));
    let setting = Setting::new();
    setting.write("ca.pem", old.pem());
    let mut files = setting.anchors();
    let client = setting.client(files.load().unwrap());
    let (release, released) = std::sync::mpsc::channel();
    let mut reloader = setting.reloader(&client, Hanging(released)).and(files);
    let before = client.generation();
    {
        let mut step = std::pin::pin!(reloader.poll_once());
        let is_pending =
            std::future::poll_fn(|cx| std::task::Poll::Ready(step.as_mut().poll(cx).is_pending()));
        assert!(is_pending.await, "it waits for the source");
        tokio::time::advance(std::time::Duration::from_secs(61)).await;
        step.await;
    }
    let said = setting.events();
    assert!(
        said.len() == 1 && said[0].contains("has not come back in time"),
        "{said:?}"
    );

    setting.write("ca.pem", new.pem());
    steps(&mut reloader, 3).await;
    assert_eq!(
        setting.events(),
        ["loaded", "renewed"],
        "and of the other nothing more"
    );
    assert!(before < client.generation());
    drop(release);
}

// Files that are exchanged between the first load and the first step do not keep the client without
// an identity.
#[tokio::test]
async fn first_identities_do_not_wait_for_trust_anchors() {
    let (old, new) = (named_ca("Old"), named_ca("New"));
    let setting = Setting::new();
    let server = Server::start(setting.settings(&old)).await;
    setting.write("ca.pem", old.pem());
    let mut files = setting.anchors();
    let trust = files.load().unwrap();
    let client = client(MtlsConnector::builder(trust).alpn(Alpn::Http11));
    let identity = setting.clients.client();
    let leaf = identity.leaf().sha256();
    let set = IdentitySet::new([Arc::new(identity)], IdentitySet::TRULIOO).unwrap();
    let mut reloader = setting.reloader(&client, set).and(files);
    setting.write("ca.pem", new.pem());
    reloader.poll_once().await;
    assert_eq!(setting.events(), ["rotated"]);
    assert_eq!(ask(&client, &server).await.unwrap().identity(), Some(leaf));
    reloader.poll_once().await;
    assert_eq!(setting.events(), ["loaded", "renewed"]);
}

// Without a word from the files, what the connector was built with is watched all the same.
#[tokio::test]
async fn anchors_from_no_file_are_announced_as_well() {
    let setting = Setting::new();
    let trust = TrustAnchors::from_pem(ca_until(2032).pem()).unwrap();
    let client = setting.client(trust);
    let set = IdentitySet::new([Arc::new(setting.clients.client())], IdentitySet::TRULIOO).unwrap();
    let mut reloader = setting.reloader(&client, set);
    setting.set_clock(new_year(2032) - 2 * DAY);
    reloader.poll_once().await;
    let said = setting.events();
    assert_eq!(said[0], "rotated");
    assert!(
        said.len() == 2 && said[1].contains("expires in 2 days"),
        "{said:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn pair_exchanged_by_a_link_is_taken_whole() {
    use std::os::unix::fs::symlink;

    let (old, new) = (named_ca("Old"), named_ca("New"));
    let setting = Setting::new();
    let server = Server::start(setting.settings(&new)).await;
    let publish = |version: &str, ca: &Ca| {
        let folder = setting.path(version);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("ca.pem"), ca.pem()).unwrap();
        fs::write(folder.join("ca.crl"), ca.crl(&[], 2040).pem().unwrap()).unwrap();
        let link = setting.path("new");
        symlink(Path::new(version), &link).unwrap();
        fs::rename(link, setting.path("data")).unwrap();
    };
    publish("1", &old);
    let files = TrustFiles::only(setting.path("data/ca.pem"));
    let files = files.revocation_lists(setting.path("data/ca.crl"));
    let (client, mut reloader) = setting.reload(files.clock(setting.now()));
    publish("2", &new);
    steps(&mut reloader, 2).await;
    assert_eq!(setting.events(), ["loaded", "renewed"]);
    ask(&client, &server).await.unwrap();
}
