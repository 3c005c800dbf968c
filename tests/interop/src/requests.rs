//! Certification requests: ours read by others, theirs read by us.

use crate::{report::Report, world::World};

/// The witnesses of this group.
pub(crate) const WITNESSES: &[&str] = &[];

/// Asks each of them.
pub(crate) async fn run(world: &World, report: &mut Report) -> anyhow::Result<()> {
    for witness in world.selection().of("requests") {
        anyhow::bail!("nobody knows how to ask {witness} {report}");
    }
    Ok(())
}
