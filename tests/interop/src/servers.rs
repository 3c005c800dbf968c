//! Servers of others, called by our client: those it may enter, and our errors where it may not.
//!
//! Each has its own certificates and ports, and runs in a temporary folder. Both ends are asserted:
//! the server names the certificate of the client, or its log has the reason of the rejection.

mod apache;
mod certificates;
mod client_outcome;
mod expected;
mod failover;
mod haproxy;
mod java;
mod nginx;
mod node;
mod openssl;
mod rotation;
mod running_server;
mod scenario;
mod testbed;
mod version;

use crate::{context::Context, report::Report, servers::testbed::GROUP};

/// The peer tools of this group.
pub(crate) const PEER_TOOLS: &[&str] = &["nginx", "apache", "haproxy", "openssl", "node", "java"];

/// Asks each of them.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    for peer_tool in context.selection().of(GROUP) {
        let folder = context.new_folder(&format!("{GROUP}-{peer_tool}"))?;
        let asked = match peer_tool {
            "nginx" => nginx::run(folder, report).await,
            "apache" => apache::run(folder, report).await,
            "haproxy" => haproxy::run(folder, report).await,
            "openssl" => openssl::run(folder, report).await,
            "node" => node::run(folder, report).await,
            "java" => java::run(folder, report).await,
            _ => Err(anyhow::anyhow!("this group has no such server")),
        };
        if let Err(error) = asked {
            report.add_missing(GROUP, peer_tool, &error);
        }
    }
    Ok(())
}
