//! The duration of a round: wall-clock time, and CPU time of its thread.

use std::time::{Duration, Instant};

/// One round of one contestant.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// By the clock, which also counts the server and all other load of the machine.
    pub wall: Duration,
    /// CPU time of the measuring thread, and so of the client alone; none where the system does not
    /// say.
    pub cpu: Option<Duration>,
    /// The number of operations in the round.
    pub operations: usize,
}

/// Measures from its start to its stop, on one thread.
#[derive(Debug)]
pub struct Stopwatch {
    wall: Instant,
    cpu: Option<Duration>,
}

impl Stopwatch {
    /// Starts to measure.
    #[must_use]
    pub fn start() -> Self {
        Self {
            cpu: computed(),
            wall: Instant::now(),
        }
    }

    /// Returns the time since the start. The thread must be the same.
    #[must_use]
    pub fn stop(self, operations: usize) -> Sample {
        let wall = self.wall.elapsed();
        let cpu = computed().zip(self.cpu);
        Sample {
            wall,
            cpu: cpu.and_then(|(now, then)| now.checked_sub(then)),
            operations,
        }
    }
}

/// Returns the CPU time of this thread.
#[cfg(unix)]
fn computed() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().ok()
}

#[cfg(not(unix))]
fn computed() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn waiting_is_not_computing() {
        let watch = Stopwatch::start();
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        let waited = receiver.recv_timeout(Duration::from_millis(50));
        let sample = watch.stop(1);
        assert!(waited.is_err());
        drop(sender);
        assert!(sample.wall >= Duration::from_millis(50));
        assert!(sample.cpu.unwrap() < sample.wall / 2, "{sample:?}");
    }
}
