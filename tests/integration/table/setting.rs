//! The dimensions of the table: HTTP, TLS, crypto provider.

use mock_napi::{Script, Versions};
use transport::{Alpn, CryptoProvider, MtlsConnectorBuilder};

#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) alpn: Alpn,
    pub(super) versions: Versions,
    provider: Provider,
}

#[derive(Clone, Copy, Debug)]
enum Provider {
    AwsLcRs,
    Ring,
}

impl Setting {
    /// Returns every combination.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        [Alpn::Http11, Alpn::Http2].into_iter().flat_map(|alpn| {
            [Versions::Tls12, Versions::Tls13]
                .into_iter()
                .flat_map(move |versions| {
                    [Provider::AwsLcRs, Provider::Ring].map(|provider| Self {
                        alpn,
                        versions,
                        provider,
                    })
                })
        })
    }

    /// Returns those with this version of HTTP.
    pub(super) fn with(alpn: Alpn) -> impl Iterator<Item = Self> {
        Self::all().filter(move |setting| setting.alpn == alpn)
    }

    pub(super) fn is_tls12(self) -> bool {
        self.versions == Versions::Tls12
    }

    pub(super) fn applied_to(self, settings: MtlsConnectorBuilder) -> MtlsConnectorBuilder {
        let provider = match self.provider {
            Provider::AwsLcRs => CryptoProvider::aws_lc_rs(),
            Provider::Ring => CryptoProvider::ring(),
        };
        settings.alpn(self.alpn).crypto_provider(provider)
    }

    /// Returns the script, on a server of this version of TLS and no other.
    pub(super) fn narrowing(self, script: Script) -> Script {
        script.versions(self.versions)
    }
}
