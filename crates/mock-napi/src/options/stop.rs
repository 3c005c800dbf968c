//! The signals that stop the program.

use std::fmt;
use std::io::{self, Read};

use tokio::sync::oneshot;

/// The signals that stop the program, and the end of its standard input; from
/// [`Options::stop`](crate::Options::stop).
pub struct Stop {
    signals: StopSignals,
    stdin_closed: Option<oneshot::Receiver<()>>,
}

impl Stop {
    pub(super) fn listen(until_stdin_closes: bool) -> io::Result<Self> {
        Ok(Self {
            signals: StopSignals::listen()?,
            stdin_closed: until_stdin_closes.then(stdin_closed),
        })
    }

    /// Completes when the program is to stop.
    pub async fn wait(mut self) {
        match self.stdin_closed {
            None => self.signals.any().await,
            Some(closed) => tokio::select! {
                () = self.signals.any() => {}
                _ = closed => {}
            },
        }
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop").finish_non_exhaustive()
    }
}

/// The signals that stop the program.
#[cfg(unix)]
struct StopSignals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignals {
    /// Listens from now on, so that a signal right after the ready line is not missed.
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self {
            interrupt,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signal that stops the program.
#[cfg(windows)]
struct StopSignals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl StopSignals {
    /// Listens from now on, so that a signal right after the ready line is not missed.
    fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn any(&mut self) {
        let _ = self.0.recv().await;
    }
}

/// Completes when standard input ends. Reads on a thread of its own: tokio's reader would hold up
/// the end of the runtime until one more byte came.
fn stdin_closed() -> oneshot::Receiver<()> {
    let (closed, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut sink = [0; 1024];
        let mut stdin = io::stdin().lock();
        while matches!(stdin.read(&mut sink), Ok(1..)) {}
        let _unheard = closed.send(());
    });
    receiver
}
