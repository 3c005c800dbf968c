//! Handshakes in the words of the event log.

use std::io;
use std::time::Duration;

use rustls::{AlertDescription, Error, HandshakeKind, ProtocolVersion, ServerConnection};

use crate::error::Error as MockError;
use crate::event::ConnectionEvent;
use crate::script::client_auth::ClientAuth;

/// Returns what was agreed on.
pub(crate) fn handshake_completed(connection: &ServerConnection) -> ConnectionEvent {
    let group = connection.negotiated_key_exchange_group();
    let alpn = connection.alpn_protocol();
    ConnectionEvent::HandshakeCompleted {
        tls_version: connection
            .protocol_version()
            .map(version)
            .unwrap_or_default(),
        cipher_suite: connection
            .negotiated_cipher_suite()
            .map(|suite| format!("{:?}", suite.suite()))
            .unwrap_or_default(),
        key_exchange_group: group.map(|group| format!("{:?}", group.name())),
        alpn: alpn.map(|name| String::from_utf8_lossy(name).into_owned()),
        server_name: connection.server_name().map(str::to_owned),
        hello_retry_request: connection.handshake_kind()
            == Some(HandshakeKind::FullWithHelloRetryRequest),
        resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
    }
}

/// Returns what the TLS library made of the client's bytes.
pub(crate) fn handshake_failed(error: &io::Error, policy: ClientAuth) -> ConnectionEvent {
    let tls = tls_error(error);
    let sent = match policy {
        ClientAuth::Refused { alert, ending } if is_refused_certificate(error) => {
            ending.sends_alert().then(|| alert.description())
        }
        _ => tls.and_then(alert_sent),
    };
    ConnectionEvent::HandshakeFailed {
        alert_sent: sent.map(name),
        alert_received: match tls {
            Some(Error::AlertReceived(alert)) => Some(name(*alert)),
            _ => None,
        },
        description: error.to_string(),
    }
}

/// Returns the event of a script that ends the connection before the handshake.
pub(crate) fn handshake_abandoned() -> ConnectionEvent {
    not_begun("a script ended the connection before the handshake".to_owned())
}

/// Returns the event of a script that asks for what the TLS library does not do.
pub(crate) fn not_configured(error: &MockError) -> ConnectionEvent {
    not_begun(error.to_string())
}

/// Returns whether the handshake failed because the verifier refused the client's certificate.
pub(crate) fn is_refused_certificate(error: &io::Error) -> bool {
    matches!(
        tls_error(error),
        // The errors of the verifier are of these two kinds; see `Alert::error`.
        Some(Error::InvalidCertificate(_) | Error::Other(_))
    )
}

fn not_begun(description: String) -> ConnectionEvent {
    ConnectionEvent::HandshakeFailed {
        alert_sent: None,
        alert_received: None,
        description,
    }
}

fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// Returns the event of a client that takes too long.
pub(crate) fn handshake_timed_out(limit: Duration) -> ConnectionEvent {
    ConnectionEvent::HandshakeFailed {
        alert_sent: None,
        alert_received: None,
        description: format!("no complete handshake within {} s", limit.as_secs()),
    }
}

/// Returns the alert that rustls sends for this error. It does not tell, so this follows its
/// source, and leaves out the errors for which it has more than one.
fn alert_sent(error: &Error) -> Option<AlertDescription> {
    match error {
        Error::InvalidCertificate(error) => Some(error.clone().into()),
        Error::NoApplicationProtocol => Some(AlertDescription::NoApplicationProtocol),
        Error::NoCertificatesPresented => Some(AlertDescription::CertificateRequired),
        _ => None,
    }
}

fn name(alert: AlertDescription) -> String {
    format!("{alert:?}")
}

fn version(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    }
}
