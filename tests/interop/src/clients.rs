//! Clients of others call the mock over mutual TLS, with our keys.

use crate::{report::Report, world::World};

/// The witnesses of this group.
pub(crate) const WITNESSES: &[&str] = &[];

/// Asks each of them.
pub(crate) async fn run(world: &World, report: &mut Report) -> anyhow::Result<()> {
    for witness in world.selection().of("clients") {
        anyhow::bail!("nobody knows how to ask {witness} {report}");
    }
    Ok(())
}
