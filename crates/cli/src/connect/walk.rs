//! The steps of one call, from what is known of its connection.

use std::time::Duration;

use identity::{Certificate, Loader};
use transport::{ClientAuth, ConnectTimings, ConnectionInfo, TlsInfo};

use crate::connect::failure::Circumstances;
use crate::connect::step::{Step, StepName, Verdict};

/// Returns all steps of a call that took so long, on the connection if there was one.
pub(super) fn steps(
    known: &Circumstances<'_>,
    failed: Option<StepName>,
    elapsed: Duration,
) -> Vec<Step> {
    let connection = known.connection;
    let timings = connection.map(ConnectionInfo::timings).unwrap_or_default();
    let spent = total(timings);
    let steps = StepName::ALL.into_iter().map(|step| {
        let verdict = match failed {
            Some(failed) if step > failed => Verdict::NotReached,
            Some(failed) if step == failed => Verdict::Failed,
            _ => passed(step, known),
        };
        let own = time(step, timings);
        let rest = || elapsed.checked_sub(spent);
        let time = match verdict {
            // What is not accounted for went into the step that failed.
            Verdict::Failed => own.or_else(rest),
            Verdict::NotReached => None,
            _ if step == StepName::Http => rest(),
            _ => own,
        };
        let detail = match verdict {
            Verdict::NotReached | Verdict::None => String::new(),
            _ => detail(step, connection, failed),
        };
        Step {
            step,
            verdict,
            time,
            detail,
        }
    });
    steps.collect()
}

/// Returns the verdict on a step before the one that failed, or of a call that did not.
fn passed(step: StepName, known: &Circumstances<'_>) -> Verdict {
    let connection = known.connection;
    let timings = connection.map(ConnectionInfo::timings).unwrap_or_default();
    match step {
        StepName::Proxy if timings.proxy.is_none() => Verdict::None,
        StepName::Name if connection.is_some() && timings.resolve.is_none() => Verdict::None,
        StepName::ClientCertificate => match connection.map(ConnectionInfo::client_auth) {
            Some(ClientAuth::Presented | ClientAuth::CarriedByTicket) => Verdict::Good,
            _ if !known.has_identity => Verdict::None,
            // A call may succeed without one, but that is no mutual TLS.
            Some(_) => Verdict::Doubtful,
            // The service responded, so it was taken; the error does not say how.
            None => Verdict::Good,
        },
        _ => Verdict::Good,
    }
}

fn time(step: StepName, timings: ConnectTimings) -> Option<Duration> {
    match step {
        StepName::Name => timings.resolve,
        StepName::Tcp => timings.tcp,
        StepName::Proxy => timings.proxy,
        StepName::Tls => timings.tls,
        _ => None,
    }
}

fn total(timings: ConnectTimings) -> Duration {
    let ConnectTimings {
        resolve,
        tcp,
        proxy,
        tls,
        ..
    } = timings;
    [resolve, tcp, proxy, tls].into_iter().flatten().sum()
}

fn detail(step: StepName, connection: Option<&ConnectionInfo>, failed: Option<StepName>) -> String {
    let Some(connection) = connection else {
        return String::new();
    };
    let tls = connection.tls();
    match step {
        StepName::Name => connection.server_name().to_owned(),
        StepName::Tcp => match connection.remote_addr() {
            Some(address) => address.to_string(),
            None => String::new(),
        },
        StepName::Tls => tls.map_or_else(String::new, agreed),
        StepName::ServerCertificate => tls.and_then(certificate).unwrap_or_default(),
        StepName::ClientCertificate => {
            // A response means that it was accepted; without one no one knows.
            let is_accepted = failed.is_none_or(|failed| failed > StepName::Http);
            match (connection.client_auth(), is_accepted) {
                (ClientAuth::Presented, true) => "asked for, presented and accepted".to_owned(),
                (other, _) => client_auth(other).to_owned(),
            }
        }
        StepName::Http => {
            let alpn = tls.and_then(|tls| tls.alpn.as_deref());
            alpn.unwrap_or("http/1.1").to_owned()
        }
        StepName::Proxy | StepName::BasicAuth | StepName::Hello => String::new(),
    }
}

fn agreed(tls: &TlsInfo) -> String {
    let group = tls.key_exchange_group.as_deref();
    let parts = [Some(tls.version), Some(&*tls.cipher_suite), group];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

fn certificate(tls: &TlsInfo) -> Option<String> {
    let leaf = tls.peer_certificates.first()?;
    let parts = Loader::new().inspect(leaf).ok()?;
    let certificate = parts.first()?.certificate()?;
    Some(described(certificate))
}

fn described(certificate: &Certificate) -> String {
    let issuer = certificate.issuer();
    format!("{}, issued by {issuer}", certificate.subject())
}

fn client_auth(client_auth: ClientAuth) -> &'static str {
    match client_auth {
        ClientAuth::CarriedByTicket => "of the session before",
        ClientAuth::NoCompatibleScheme => {
            "asked for; not presented, as the server takes no signature of this key"
        }
        ClientAuth::NoneAvailable => "asked for; not presented, as none was given",
        ClientAuth::NotSigned => {
            "asked for; not presented, as the device of the key has not signed"
        }
        ClientAuth::Presented => "asked for and presented",
        ClientAuth::Withheld => "asked for; not presented, as it is for other hosts",
        _ => "not asked for",
    }
}
