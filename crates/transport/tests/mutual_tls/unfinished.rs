//! A source, a probe or a provider that does not end: the reloader reports it, keeps what the
//! client has, and goes on.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use identity::IdentitySet;
use mock_tls::Ca;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, KeyProvider, aws_lc_rs::default_provider},
    sign::SigningKey,
};
use rustls_pki_types::PrivateKeyDer;
use transport::{IdentityReloader, IdentitySource, ReloadEvent, SourceUpdate};

use crate::{
    certificates::{Issue, new_ca},
    client, trusting,
};

type Said = Arc<Mutex<Vec<String>>>;

/// Says what happens in a word, with the reason.
fn listener(said: &Said) -> impl FnMut(&ReloadEvent) + Send + 'static {
    let said = Arc::clone(said);
    move |event| {
        let word = match event {
            ReloadEvent::Failed { source } => format!("failed: {source}"),
            ReloadEvent::Refused { source, .. } => format!("refused: {source}"),
            ReloadEvent::Rotated { .. } => "rotated".to_owned(),
            other => format!("{other:?}"),
        };
        said.lock().unwrap().push(word);
    }
}

/// Panics the first times that it is looked at.
struct Panicking {
    panics: usize,
    set: IdentitySet,
}

impl IdentitySource for Panicking {
    fn poll(&mut self) -> SourceUpdate {
        if self.panics > 0 {
            self.panics -= 1;
            panic!("on purpose");
        }
        SourceUpdate::default()
    }

    fn current(&self) -> Option<&IdentitySet> {
        Some(&self.set)
    }
}

fn set(ca: &Ca) -> IdentitySet {
    IdentitySet::new([Arc::new(ca.client())], IdentitySet::TRULIOO).unwrap()
}

#[tokio::test]
async fn panicking_source_is_reported_and_polled_again() {
    let ca = new_ca();
    let (client, said) = (client(trusting(&ca)), Said::default());
    let source = Panicking {
        panics: 2,
        set: set(&ca),
    };
    let mut reloader = IdentityReloader::new(client.clone(), source).on_event(listener(&said));
    let before = client.generation();
    for _ in 0..2 {
        reloader.poll_once().await;
        assert_eq!(client.generation(), before);
    }
    reloader.poll_once().await;
    assert!(before < client.generation());
    let said = said.lock().unwrap();
    assert!(
        said[0].starts_with("failed: the source") && said[1] == said[0],
        "{said:?}"
    );
    assert_eq!(said[2..], ["rotated"]);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_never_ends_or_panics_is_a_refusal() {
    let ca = new_ca();
    for (panics, expected) in [(false, "did not end in time"), (true, "panicked")] {
        let (client, said) = (client(trusting(&ca)), Said::default());
        let before = client.generation();
        let mut reloader = IdentityReloader::new(client.clone(), set(&ca))
            .on_event(listener(&said))
            .probe_timeout(Duration::from_secs(5))
            .probe(move |_| async move {
                assert!(!panics, "on purpose");
                pending().await
            });
        reloader.poll_once().await;
        assert_eq!(client.generation(), before);
        let said = said.lock().unwrap();
        assert!(
            said[0].starts_with("refused") && said[0].contains(expected),
            "{said:?}"
        );
    }
}

/// Waits for a word before it reads a key, and panics if the word is to.
#[derive(Debug)]
struct SlowKeys {
    inner: &'static dyn KeyProvider,
    words: Mutex<Receiver<Word>>,
}

#[derive(Debug)]
enum Word {
    Read,
    Panic,
}

impl KeyProvider for SlowKeys {
    fn load_private_key(
        &self,
        key: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        let words = self.words.lock().unwrap();
        match words.recv_timeout(Duration::from_secs(20)) {
            Ok(Word::Read) => self.inner.load_private_key(key),
            Ok(Word::Panic) => {
                drop(words);
                panic!("on purpose")
            }
            Err(_) => Err(rustls::Error::General("no word came".to_owned())),
        }
    }
}

/// Makes a client without an identity, whose provider reads a key for each word.
fn slow_client(ca: &Ca) -> (crate::Client, Sender<Word>) {
    let (word, words) = channel();
    let provider = default_provider();
    let keys = SlowKeys {
        inner: provider.key_provider,
        words: Mutex::new(words),
    };
    let provider = CryptoProvider {
        key_provider: Box::leak(Box::new(keys)),
        ..provider
    };
    let base = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    (client(trusting(ca).rustls_base_config(base)), word)
}

#[tokio::test]
async fn generation_is_set_up_while_the_only_worker_goes_on() {
    let ca = new_ca();
    let (client, word) = slow_client(&ca);
    let (said, before) = (Said::default(), client.generation());
    let mut reloader = IdentityReloader::new(client.clone(), set(&ca)).on_event(listener(&said));
    let word = tokio::spawn(async move { word.send(Word::Read).map(|()| word) });
    reloader.poll_once().await;
    assert_eq!(*said.lock().unwrap(), ["rotated"]);
    assert!(before < client.generation());
    word.await.unwrap().unwrap();
}

#[tokio::test]
async fn provider_that_panics_is_a_refusal() {
    let ca = new_ca();
    let (client, word) = slow_client(&ca);
    let (said, before) = (Said::default(), client.generation());
    let mut reloader = IdentityReloader::new(client.clone(), set(&ca)).on_event(listener(&said));
    word.send(Word::Panic).unwrap();
    reloader.poll_once().await;
    reloader.poll_once().await; // refused not long ago
    assert_eq!(client.generation(), before);
    let said = said.lock().unwrap();
    assert!(
        said.len() == 1 && said[0].starts_with("refused: setting up the new generation panicked"),
        "{said:?}"
    );
}

#[tokio::test]
async fn late_generation_is_told_once_and_used_in_the_end() {
    let ca = new_ca();
    let (client, word) = slow_client(&ca);
    let (said, before) = (Said::default(), client.generation());
    let mut reloader = IdentityReloader::new(client.clone(), set(&ca))
        .on_event(listener(&said))
        .source_timeout(Duration::ZERO);
    // The source is late as well, as no time at all is left to it.
    let late = "refused: the new generation was not set up in time; it is used once it is";
    while !said.lock().unwrap().iter().any(|it| it == late) {
        reloader.poll_once().await;
    }
    for _ in 0..5 {
        reloader.poll_once().await;
    }
    assert_eq!(client.generation(), before);
    // Whoever rotates meanwhile is not undone by what was begun before.
    let trust = transport::TrustAnchors::from_pem(ca.pem()).unwrap();
    let by_hand = client.rotate_trust(trust).unwrap();
    word.send(Word::Read).unwrap();
    word.send(Word::Read).unwrap();
    while client.generation() == by_hand {
        reloader.poll_once().await;
    }
    let said = said.lock().unwrap();
    let refused: Vec<_> = said.iter().filter(|it| it.starts_with("refused")).collect();
    assert!(
        refused.iter().all(|it| *it == late) && refused.len() <= 2,
        "{said:?}"
    );
    assert_eq!(said.last().unwrap(), "rotated");
}
