//! Standard output of a command that prints while it runs.
//!
//! Leaves out the commands that print at their end: `main` does it for them.

use std::io::{self, Write};

/// Prints a line at once, in colours where a terminal wants them.
pub(crate) fn print_line(line: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Waits until no one reads a pipe that is standard output; of anything else, without end.
///
/// Without it a program that has nothing to print would go on after `napi-mtls watch | head -1`.
#[cfg(unix)]
pub(crate) async fn reader_gone() {
    use rustix::event::{PollFd, PollFlags, poll};

    let (gone, is_gone) = tokio::sync::oneshot::channel();
    // A thread of its own, which ends with the process: the runtime would wait for one of its own.
    std::thread::spawn(move || {
        let stdout = io::stdout();
        // Nothing is asked for: an error is told in any case, and a file has none.
        let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
        let is_polled = poll(&mut watched, None).is_ok();
        if is_polled
            && watched
                .iter()
                .any(|it| it.revents().contains(PollFlags::ERR))
        {
            let _ended = gone.send(());
        }
    });
    if is_gone.await.is_err() {
        std::future::pending().await
    }
}

/// Waits without end: what is printed next finds the reader gone.
#[cfg(not(unix))]
pub(crate) async fn reader_gone() {
    std::future::pending().await
}
