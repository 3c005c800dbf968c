//! The kinds of handshakes.

use rustls::SupportedProtocolVersion;
use test_support::tls_server::{Server, ServerBuilder, TestCa};
use transport::CryptoProvider;

/// The settings that all connections of a race share.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    provider: Provider,
    pub(crate) versions: &'static [&'static SupportedProtocolVersion],
    pub(crate) is_resumed: bool,
}

#[derive(Clone, Copy)]
enum Provider {
    AwsLcRs,
    Ring,
}

pub(crate) fn kinds() -> impl Iterator<Item = Kind> {
    let providers = [Provider::AwsLcRs, Provider::Ring];
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
            Provider::AwsLcRs => "aws-lc-rs",
            Provider::Ring => "ring",
        };
        format!("TLS {version}, {handshake}, {provider}")
    }

    pub(crate) fn provider(self) -> CryptoProvider {
        match self.provider {
            Provider::AwsLcRs => CryptoProvider::aws_lc_rs(),
            Provider::Ring => CryptoProvider::ring(),
        }
    }

    /// Returns settings of a server whose handshakes with us are of this kind.
    pub(crate) fn server(self, ca: &TestCa) -> ServerBuilder<'_> {
        let server = Server::builder(ca).versions(self.versions).one_byte();
        if self.is_resumed {
            server
        } else {
            server.without_resumption()
        }
    }
}
