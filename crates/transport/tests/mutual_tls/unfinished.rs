//! A source or a probe that does not end: the reloader reports it, keeps what the client has, and
//! goes on.

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use identity::IdentitySet;
use mock_tls::Ca;
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
