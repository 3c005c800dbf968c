//! Private keys: ours opened by others, theirs opened by us, up to a response over mutual TLS.
//!
//! That a file opens says little by itself. Ours count as opened when the other program names the
//! same public key, theirs when our client gets a response from the mock with them.

mod opener;
mod ours;
mod theirs;

use crate::{context::Context, report::Report};

pub(crate) use opener::SIGNED;
pub(crate) use ours::public_key_of;

/// The peer tools of this group.
pub(crate) const PEER_TOOLS: &[&str] = &[
    "openssl",
    "certtool",
    "keytool",
    "cryptography",
    "node",
    "ruby",
];

/// Asks each of them.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    for peer_tool in context.selection().of("keys") {
        ours::run(peer_tool, context, report).await?;
        if peer_tool != "ruby" {
            theirs::run(peer_tool, context, report).await?;
        }
    }
    Ok(())
}
