//! The kinds of handshakes.

use rustls::SupportedProtocolVersion;
use test_support::tls_server::{Authority, Server, ServerBuilder};
use transport::CryptoProvider;

/// What the connections of a race have in common.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) provider: CryptoProvider,
    pub(crate) versions: &'static [&'static SupportedProtocolVersion],
    pub(crate) is_resumed: bool,
}

pub(crate) fn kinds() -> impl Iterator<Item = Kind> {
    let providers = [CryptoProvider::AwsLcRs, CryptoProvider::Ring];
    providers.into_iter().flat_map(|provider| {
        [TLS_12, TLS_13].into_iter().flat_map(move |versions| {
            [false, true].map(|is_resumed| Kind {
                provider,
                versions,
                is_resumed,
            })
        })
    })
}

const TLS_12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
const TLS_13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

impl Kind {
    pub(crate) fn name(self) -> String {
        let version = if self.versions == TLS_12 {
            "1.2"
        } else {
            "1.3"
        };
        let handshake = if self.is_resumed { "resumed" } else { "full" };
        let provider = match self.provider {
            CryptoProvider::Ring => "ring",
            _ => "aws-lc-rs",
        };
        format!("TLS {version}, {handshake}, {provider}")
    }

    /// A server whose handshakes with us are of this kind.
    pub(crate) fn server(self, authority: &Authority) -> ServerBuilder<'_> {
        let server = Server::builder(authority)
            .versions(self.versions)
            .one_byte();
        if self.is_resumed {
            server
        } else {
            server.without_resumption()
        }
    }
}
