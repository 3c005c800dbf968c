//! A part of a benchmark whose instructions callgrind counts.

use std::{
    hint::black_box,
    io::{self, Write},
    pin::Pin,
};

use tokio::runtime::Runtime;

/// A future that is counted from its start to its end.
pub type Work<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>>;

/// Runs so many operations of one row, and then announces on standard output what was run.
///
/// A row is run in pairs, with a smaller and a larger number of operations. In their difference,
/// costs that do not grow with the number cancel, such as those of entering the runtime, starting
/// tasks and joining them.
///
/// # Errors
///
/// If the work fails, which is announced as nothing, or if standard output is closed.
pub fn count(
    runtime: &Runtime,
    group: &str,
    row: &str,
    operations: usize,
    work: Work<'_>,
) -> anyhow::Result<()> {
    run_counted(runtime, work)?;
    // In the order of callgrind's dumps, which have no names.
    writeln!(io::stdout(), "counted\t{group}\t{row}\t{operations}")?;
    Ok(())
}

/// Runs work to its end.
///
/// `cargo xtask bench --instructions` names this function to callgrind, which counts while it runs
/// and dumps the count when it returns. So it is neither generic nor inlined, has no closure and
/// ends in no tail call.
#[inline(never)]
fn run_counted(runtime: &Runtime, work: Work<'_>) -> anyhow::Result<()> {
    let result = runtime.block_on(work);
    black_box(&result);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_runs_to_its_end_and_its_error_is_returned() {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.unwrap();
        let mut turns = 0;
        let work = async {
            tokio::task::yield_now().await;
            turns += 1;
            Ok(())
        };
        count(&runtime, "group", "row", 1, Box::pin(work)).unwrap();
        assert_eq!(turns, 1);
        let failing = async { anyhow::bail!("no") };
        count(&runtime, "group", "row", 1, Box::pin(failing)).unwrap_err();
    }
}
