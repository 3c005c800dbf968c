//! The TLS side of a connection: configuration, handshake, and what the log says of both.
//!
//! TLS 1.2 and 1.3, post-quantum key exchange preferred, sessions resumed as rustls does by
//! default. The provider is given explicitly, never the process's default.

mod config;
mod describe;
pub(crate) mod front;
mod shown;
mod trust;
mod verifier;

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::fault::ending;
use crate::fault::wire::{Mute, Wire};
use crate::script::client_auth::{ClientAuth, Ending};
use crate::script::handshake::Handshake;
use crate::scripted::Scripted;
use crate::tls::describe::{
    handshake_abandoned, handshake_completed, handshake_failed, handshake_timed_out,
    is_refused_certificate, not_configured,
};
use crate::tls::front::TlsFront;

impl TlsFront {
    /// Performs the handshake and records its outcome. `None` after a failure, which the client has
    /// been told by then, unless the script has it otherwise.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
        scripted: &Scripted,
    ) -> Option<TlsStream<Wire>> {
        let log = &scripted.log;
        let mute: Mute = Arc::new(AtomicBool::new(false));
        let config = self
            .config(scripted, Arc::clone(&mute))
            .inspect_err(|error| log.record(not_configured(error)))
            .ok()?;
        let wire = before_handshake(Wire::new(stream, scripted, mute), scripted).await?;
        let handshake = TlsAcceptor::from(Arc::new(config))
            .accept(wire)
            .into_fallible();
        let limit = if scripted.script.gates_handshake() {
            ending::HOLD_LIMIT
        } else {
            HANDSHAKE_LIMIT
        };
        match tokio::time::timeout(limit, handshake).await {
            Ok(Ok(stream)) => {
                log.record(handshake_completed(stream.get_ref().1));
                Some(stream)
            }
            Ok(Err((error, mut wire))) => {
                // The alert may still be on this side of a gate.
                let _sent = tokio::time::timeout(limit, wire.flush()).await;
                log.record(handshake_failed(&error, scripted.script.client_auth));
                end_failed(error, wire, scripted).await;
                None
            }
            Err(_) => {
                log.record(handshake_timed_out(limit));
                None
            }
        }
    }
}

/// Obeys a script that ends the connection before the mock has written anything.
async fn before_handshake(mut wire: Wire, scripted: &Scripted) -> Option<Wire> {
    let log = &scripted.log;
    let fault = scripted.script.handshake;
    if matches!(
        fault,
        Handshake::ClosedAfterClientHello | Handshake::ResetAfterClientHello
    ) {
        let mut bytes = [0; 4096];
        let hello = wire.read(&mut bytes);
        let _read = tokio::time::timeout(HANDSHAKE_LIMIT, hello).await;
    }
    match fault {
        Handshake::ClosedAfterClientHello | Handshake::ClosedOnAccept => {
            log.record(handshake_abandoned());
            ending::close(wire).await;
            None
        }
        Handshake::ResetAfterClientHello => {
            log.record(handshake_abandoned());
            ending::reset(wire, log);
            None
        }
        _ => Some(wire),
    }
}

/// Ends a connection whose handshake failed: as ever, or as the script has it after its refusal.
async fn end_failed(error: io::Error, wire: Wire, scripted: &Scripted) {
    let ending = match scripted.script.client_auth {
        ClientAuth::Refused { ending, .. } if is_refused_certificate(&error) => ending,
        _ => Ending::AlertThenFin,
    };
    match ending {
        Ending::AlertThenFin => ending::close(wire).await,
        Ending::AlertThenReset | Ending::Reset => ending::reset(wire, &scripted.log),
        Ending::AlertThenSilence | Ending::Silence => ending::stay_silent(wire).await,
    }
}

/// Longer than clients wait, which is ten seconds as a rule: a server that gives up first says
/// nothing, and a client that has done its part suspects its certificate.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(30);
