//! Which of several identities a server is shown, and which hosts are shown one at all.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use http_body_util::BodyExt;
use identity::{Identity, Loader};
use mock_tls::Ca;
use rustls::{Error as TlsError, SignatureScheme};
use transport::{ClientAuth, ClientCertificateProblem, ErrorKind, Handshake};

use crate::{
    HTTP_VERSIONS, TLS_VERSIONS,
    certificates::{Issue, named_ca, new_ca},
    client, failing_over, get, info,
    judging::Judging,
    server::{Seen, Server, Settings},
    trusting,
};

/// Returns the policy of a server that hints at some CAs, and accepts the clients of all `judges`.
fn hinting<'a>(hints: &[&Ca], judges: impl IntoIterator<Item = &'a Ca>) -> Judging {
    let mut judging = Judging::by(judges.into_iter().map(Ca::certificate));
    let hinted_at = hints.iter().map(|ca| ca.certificate());
    judging.hints = match hints {
        [] => Vec::new(),
        _ => Judging::by(hinted_at).hints,
    };
    judging
}

fn settings(judging: Judging, ca: &Ca) -> Settings {
    Settings {
        client_verifier: Some(Arc::new(judging)),
        ..Settings::mutual(ca)
    }
}

fn is_with(seen: &Seen, identity: &Identity) -> bool {
    let leaf = identity.certificate_chain().first();
    matches!(seen, Seen::Connected { client, .. } if client.as_ref() == leaf)
}

/// Counts the connections that came about with this identity.
fn count(seen: &[Seen], identity: &Identity) -> usize {
    seen.iter().filter(|seen| is_with(seen, identity)).count()
}

#[tokio::test]
async fn hinted_identity_is_presented_and_the_hint_remembered() {
    let (ours, hinted_at) = (named_ca("Ours"), named_ca("Hinted at"));
    for versions in TLS_VERSIONS {
        for alpn in HTTP_VERSIONS {
            // It would take both.
            let asking = hinting(&[&hinted_at], [&ours, &hinted_at]);
            let server = Server::start(settings(asking, &ours).versions(versions)).await;
            let (preferred, fitting) = (ours.client(), hinted_at.client());
            let settings = trusting(&ours).identities([&preferred, &fitting]);
            let client = client(settings.alpn(alpn));
            for handshake in [Handshake::Full, Handshake::Resumed] {
                let answer = get(&client, &server.uri("/close")).await.unwrap();
                let info = info(&answer);
                assert_eq!(info.identity(), Some(fitting.leaf().sha256()));
                if alpn == transport::Alpn::Http11 {
                    assert_eq!(info.tls().map(|tls| tls.handshake), Some(handshake));
                }
                answer.into_body().collect().await.unwrap();
            }
            let seen = server.seen(2).await;
            assert!(count(&seen, &fitting) >= 1);
            assert!(count(&seen, &preferred) <= 1, "asked once: {seen:?}");
        }
    }
}

#[tokio::test]
async fn hinted_identity_is_presented_without_failover() {
    let (ours, theirs) = (named_ca("Ours"), named_ca("Theirs"));
    for versions in TLS_VERSIONS {
        let asking = hinting(&[&theirs], [&theirs]);
        let server = Server::start(settings(asking, &ours).versions(versions)).await;
        let (wrong, right) = (ours.client(), theirs.client());
        let client = client(trusting(&ours).identities([&wrong, &right]));

        let answer = get(&client, &server.uri("/")).await.unwrap();

        assert_eq!(info(&answer).identity(), Some(right.leaf().sha256()));
        let seen = server.seen(1).await;
        assert_eq!((count(&seen, &right), count(&seen, &wrong)), (1, 0));
    }
}

// Withholding the certificate would turn a refusal with a reason into one without.
#[tokio::test]
async fn hints_that_fit_none_keep_no_certificate_back() {
    let (ours, stranger) = (named_ca("Ours"), named_ca("Stranger"));
    for versions in TLS_VERSIONS {
        let asking = hinting(&[&stranger], [&ours]);
        let server = Server::start(settings(asking, &ours).versions(versions)).await;
        let (preferred, other) = (ours.client(), ours.client());
        for identities in [vec![&preferred], vec![&preferred, &other]] {
            let client = client(trusting(&ours).identities(identities));
            let answer = get(&client, &server.uri("/")).await.unwrap();
            assert_eq!(info(&answer).client_auth(), ClientAuth::Presented);
            assert_eq!(info(&answer).identity(), Some(preferred.leaf().sha256()));
        }
        let seen = server.seen(2).await;
        assert_eq!(count(&seen, &preferred), 2, "one connection each: {seen:?}");
    }
}

#[tokio::test]
async fn preferred_of_two_matching_identities_is_presented_first() {
    let ours = new_ca();
    let server = Server::start(Settings::mutual(&ours)).await;
    let (preferred, other) = (ours.client(), ours.client());
    let client = client(trusting(&ours).identities([&preferred, &other]));
    get(&client, &server.uri("/")).await.unwrap();
    let seen = server.seen(1).await;
    assert_eq!((seen.len(), count(&seen, &preferred)), (1, 1));
}

#[tokio::test]
async fn identity_with_a_usable_signature_scheme_comes_first() {
    let ours = new_ca();
    let elliptic = {
        let (certificate, key) = ours.elliptic_client_pem();
        let loaded = Loader::new().load(certificate.as_bytes(), key.as_bytes());
        loaded.unwrap().into_parts().0
    };
    for versions in TLS_VERSIONS {
        let mut asking = hinting(&[&ours], [&ours]);
        asking.schemes = vec![SignatureScheme::ECDSA_NISTP256_SHA256];
        let server = Server::start(settings(asking, &ours).versions(versions)).await;
        let rsa = ours.client();

        let both = client(trusting(&ours).identities([&rsa, &elliptic]));
        let answer = get(&both, &server.uri("/")).await.unwrap();
        assert_eq!(info(&answer).identity(), Some(elliptic.leaf().sha256()));
        let seen = server.seen(2).await;
        assert_eq!(count(&seen, &elliptic), 1, "{seen:?}");

        // The nearest reject: alone, it is told apart from having none.
        let alone = client(trusting(&ours).identity(&rsa));
        let error = get(&alone, &server.uri("/")).await.unwrap_err();
        let required = ErrorKind::ClientCertificate(ClientCertificateProblem::Required);
        assert_eq!(error.kind(), required);
        let client_auth = error
            .connection()
            .map(transport::ConnectionInfo::client_auth);
        assert_eq!(client_auth, Some(ClientAuth::NoCompatibleScheme));
        assert!(
            error.to_string().contains("none of the signature schemes"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn valid_identity_comes_before_an_expired_one() {
    let ours = new_ca();
    let server = Server::start(Settings::mutual(&ours)).await;
    let ended = {
        let (certificate, key) = ours.client_pem(2018, 2019);
        let loader = Loader::new().allow_outside_validity();
        let loaded = loader.load(certificate.as_bytes(), key.as_bytes());
        loaded.unwrap().into_parts().0
    };
    let valid = ours.client();
    let client = client(trusting(&ours).identities([&ended, &valid]));
    let answer = get(&client, &server.uri("/")).await.unwrap();
    assert_eq!(info(&answer).identity(), Some(valid.leaf().sha256()));
    assert_eq!(server.seen(1).await.len(), 1);

    // By the clock that was set, and not by the system's.
    let mid_2018 = SystemTime::UNIX_EPOCH + Duration::from_secs(1_530_000_000);
    let settings = trusting(&ours).identities([&valid, &ended]);
    let client = crate::client(settings.clock(move || mid_2018));
    // The server goes by its own, and refuses what we take for valid.
    let error = get(&client, &server.uri("/")).await.unwrap_err();
    let expired = ErrorKind::ClientCertificate(ClientCertificateProblem::Expired);
    assert_eq!(error.kind(), expired);
    let shown = error.connection().unwrap().identity();
    assert_eq!(shown, Some(ended.leaf().sha256()));
    assert!(matches!(server.seen(2).await[..], [_, Seen::Failed { .. }]));
}

#[tokio::test]
async fn host_outside_the_scope_sees_no_identity() {
    let ours = new_ca();
    for versions in TLS_VERSIONS {
        let server = Server::start(Settings::mutual(&ours).versions(versions)).await;
        let identity = ours.client();
        let scoped = |hosts: &[&'static str]| {
            failing_over(
                trusting(&ours)
                    .identity(&identity)
                    .identity_hosts(hosts.iter().copied()),
            )
        };
        for hosts in [&["localhost"][..], &["other.example", "LOCALHOST."]] {
            let answer = get(&scoped(hosts), &server.uri("/")).await.unwrap();
            assert_eq!(info(&answer).client_auth(), ClientAuth::Presented);
        }
        for hosts in [
            &["other.example"][..],
            &["*.localhost"],
            &["127.0.0.1"],
            &[],
        ] {
            let error = get(&scoped(hosts), &server.uri("/")).await.unwrap_err();
            let required = ErrorKind::ClientCertificate(ClientCertificateProblem::Required);
            assert_eq!(error.kind(), required, "{hosts:?}");
            let info = error.connection().unwrap();
            assert_eq!(
                (info.client_auth(), info.identity()),
                (ClientAuth::Withheld, None)
            );
            assert!(error.to_string().contains("identity_hosts"), "{error}");
        }
        let seen = server.seen(6).await;
        assert_eq!((seen.len(), count(&seen, &identity)), (6, 2), "{seen:?}");
        let none = TlsError::NoCertificatesPresented;
        let without = seen.iter().filter(
            |seen| matches!(seen, Seen::Failed { error: Some(error), .. } if *error == none),
        );
        assert_eq!(without.count(), 4);
    }
}

#[tokio::test]
async fn the_hosts_stay_when_the_identity_is_rotated() {
    let ours = new_ca();
    let server = Server::start(Settings::mutual(&ours)).await;
    let settings = trusting(&ours).identity_hosts(["other.example"]);
    let client = client(settings.identity(&ours.client()));
    client.rotate([&ours.client()]).unwrap();
    let error = get(&client, &server.uri("/")).await.unwrap_err();
    let client_auth = error
        .connection()
        .map(transport::ConnectionInfo::client_auth);
    assert_eq!(client_auth, Some(ClientAuth::Withheld));
    assert!(matches!(server.seen(1).await[..], [Seen::Failed { .. }]));
}

#[tokio::test]
async fn session_without_certificate_request_resumes_without_certificate() {
    let ours = new_ca();
    for (settings, asked) in [
        (Settings::one_sided(ours.server("localhost")), false),
        (Settings::mutual(&ours), true),
    ] {
        let server = Server::start(settings).await;
        let identity = ours.client();
        let settings = trusting(&ours).identity(&identity);
        let client = client(settings.alpn(transport::Alpn::Http11));
        let expected = match asked {
            false => [ClientAuth::NotRequested, ClientAuth::NotRequested],
            true => [ClientAuth::Presented, ClientAuth::CarriedByTicket],
        };
        for (client_auth, handshake) in expected
            .into_iter()
            .zip([Handshake::Full, Handshake::Resumed])
        {
            let answer = get(&client, &server.uri("/close")).await.unwrap();
            let info = info(&answer);
            assert_eq!(info.client_auth(), client_auth);
            assert_eq!(info.identity().is_some(), asked);
            assert_eq!(info.tls().map(|tls| tls.handshake), Some(handshake));
            answer.into_body().collect().await.unwrap();
        }
        assert_eq!(server.seen(2).await.len(), 2);
    }
}
