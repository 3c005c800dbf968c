//! The TLS settings of one connection, as its script has them.
//!
//! They are made anew for each connection, so that the verifier knows in whose name to write to the
//! log. That is cheap: everything of weight is shared.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::kx_group;
use rustls::server::{NoServerSessionStorage, ServerSessionMemoryCache, StoresServerSessions};
use rustls::version::{TLS12, TLS13};
use rustls::{DEFAULT_VERSIONS, ServerConfig, SupportedCipherSuite, SupportedProtocolVersion};

use crate::error::Error;
use crate::fault::private_group::PrivateGroup;
use crate::fault::replaced_alert::{self, Replacement};
use crate::fault::wire::Mute;
use crate::script::Script;
use crate::script::client_auth::{Alert, ClientAuth};
use crate::script::handshake::{Alpn, KeyExchange, Tickets, Versions};
use crate::scripted::Scripted;
use crate::tls::front::TlsFront;
use crate::tls::verifier::Verifier;

impl TlsFront {
    /// Returns the settings of a connection with this script.
    pub(super) fn config(&self, scripted: &Scripted, mute: Mute) -> Result<ServerConfig, Error> {
        let script = &scripted.script;
        let clock = Arc::clone(&self.clock);
        let builder = ServerConfig::builder_with_details(self.provider(script), clock)
            .with_protocol_versions(versions(script.versions))
            .map_err(Error::tls)?;
        let builder = match script.client_auth {
            ClientAuth::NotAsked => builder.with_no_client_auth(),
            policy => builder.with_client_cert_verifier(Arc::new(Verifier::new(
                Arc::clone(&self.trust),
                self.trust.verifier()?,
                scripted.log.clone(),
                policy,
                mute,
            ))),
        };
        let current = self.shown.current();
        let certificate = match script.server_certificate {
            None => current.certificate,
            Some(kind) => self.shown.certificate(kind, self.clock.now())?,
        };
        let mut config = builder.with_cert_resolver(certificate);
        config.session_storage = sessions(script, current.sessions);
        match script.tickets {
            Tickets::Many { count } => config.send_tls13_tickets = count.into(),
            Tickets::None => config.send_tls13_tickets = 0,
            Tickets::Default | Tickets::Refused => {}
        }
        config.alpn_protocols = protocols(script).iter().map(|name| name.to_vec()).collect();
        Ok(config)
    }

    fn provider(&self, script: &Script) -> Arc<CryptoProvider> {
        let mut provider = CryptoProvider::clone(&self.provider);
        match script.key_exchange {
            KeyExchange::Any => {}
            KeyExchange::NoneInCommon => provider.kx_groups = vec![&PrivateGroup],
            KeyExchange::Secp384r1 => provider.kx_groups = vec![kx_group::SECP384R1],
        }
        if let ClientAuth::Refused {
            alert: Alert::CertificateRequired,
            ..
        } = script.client_auth
        {
            provider
                .cipher_suites
                .retain(|suite| matches!(suite, SupportedCipherSuite::Tls12(_)));
            let suite = replaced_alert::suite(Replacement::Refusal);
            provider.cipher_suites.extend(suite);
        }
        if let Some(alert) = script.response.late_alert() {
            // Of TLS 1.3 alone: with 1.2 there is no alert that this replaces.
            let suite = replaced_alert::suite(Replacement::Goodbye(alert));
            provider.cipher_suites = suite.into_iter().collect();
        }
        Arc::new(provider)
    }
}

/// Returns the store of sessions: one that came about without the usual judgement must not be
/// resumed where there is one.
fn sessions(
    script: &Script,
    shared: Arc<dyn StoresServerSessions>,
) -> Arc<dyn StoresServerSessions> {
    match script.tickets {
        Tickets::None => Arc::new(NoServerSessionStorage {}),
        Tickets::Refused => ServerSessionMemoryCache::new(16),
        _ if script.client_auth != ClientAuth::Judged => ServerSessionMemoryCache::new(16),
        _ => shared,
    }
}

fn versions(versions: Versions) -> &'static [&'static SupportedProtocolVersion] {
    match versions {
        Versions::Both => DEFAULT_VERSIONS,
        Versions::Tls12 => const { &[&TLS12] },
        Versions::Tls13 => const { &[&TLS13] },
    }
}

fn protocols(script: &Script) -> &'static [&'static [u8]] {
    match script.alpn {
        Alpn::AsResponse => script.response.protocols(),
        Alpn::Either => &[b"h2", b"http/1.1"],
        Alpn::Http2 => &[b"h2"],
        Alpn::Ignored => &[],
        Alpn::Other => &[b"mock-other"],
    }
}
