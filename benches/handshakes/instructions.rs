//! The instructions of one connection, for callgrind to count: `cargo xtask bench --instructions`.
//!
//! The server is in a process of its own. The providers choose their assembly by the instructions
//! of callgrind's processor, which lacks AVX-512.

use anyhow::{Context, ensure};
use benches::{Arguments, Peer, Work, count};
use http::Uri;
use tokio::runtime::Runtime;

use crate::{
    connection::{connect, handshake, tcp},
    kind::{Kind, kinds},
};

/// Counts the kinds of handshakes that the arguments want.
pub(crate) fn run(arguments: &Arguments, runtime: &Runtime) -> anyhow::Result<()> {
    let numbers = [arguments.count(0, 4, 1), arguments.count(1, 16, 2)];
    let wanted = kinds().filter(|kind| arguments.wants(&kind.name()));
    for kind in wanted {
        let name = kind.name();
        count_kind(kind, &name, numbers, runtime).with_context(|| name)?;
    }
    Ok(())
}

fn count_kind(
    kind: Kind,
    name: &str,
    numbers: [usize; 2],
    runtime: &Runtime,
) -> anyhow::Result<()> {
    let peer = Peer::start(name)?;
    let identity = peer.identity()?;
    let settings = peer.trusted()?.crypto_provider(kind.provider());
    let mut ours = settings.build()?.with_identity(&identity)?;
    // The same settings with a session store of its own: neither resumes with the other's tickets.
    let plain = ours.with_identity(&identity)?.rustls_client_config();
    let uri: Uri = format!("https://{}/", peer.addr()).parse()?;

    // Not counted: work that is done once, and the first session, which later ones resume.
    runtime.block_on(async {
        handshake(&plain, peer.addr(), tcp(peer.addr()).await?).await?;
        connect(&mut ours, &uri).await
    })?;
    for connections in numbers {
        let work: Work<'_> = Box::pin(async {
            for _ in 0..connections {
                let tcp = tcp(peer.addr()).await?;
                check(kind, handshake(&plain, peer.addr(), tcp).await?)?;
            }
            Ok(())
        });
        count(runtime, name, "tokio-rustls", connections, work)?;
    }
    for connections in numbers {
        let work: Work<'_> = Box::pin(async {
            for _ in 0..connections {
                check(kind, connect(&mut ours, &uri).await?)?;
            }
            Ok(())
        });
        count(runtime, name, "`MtlsConnector`", connections, work)?;
    }
    Ok(())
}

fn check(kind: Kind, was_resumed: bool) -> anyhow::Result<()> {
    ensure!(was_resumed == kind.is_resumed, "resumed: {was_resumed}");
    Ok(())
}
