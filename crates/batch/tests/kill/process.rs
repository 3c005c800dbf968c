//! A process of this program, and the instant at which it is killed.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A process that writes a byte for each step that it does.
pub(crate) struct Steps {
    child: Child,
    done: ChildStdout,
}

impl Steps {
    pub(crate) fn start(arguments: &[&OsStr]) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let done = child.stdout.take().unwrap();
        Self { child, done }
    }

    /// Waits for so many steps; `false` if it ended before, in success.
    pub(crate) fn wait(&mut self, count: u64) -> bool {
        let mut byte = [0];
        for _ in 0..count {
            if self.done.read(&mut byte).unwrap() == 0 {
                assert!(self.child.wait().unwrap().success());
                return false;
            }
        }
        true
    }

    /// Kills it once it has done so many steps; `true` if it was.
    pub(crate) fn kill_after(mut self, count: u64) -> bool {
        let is_alive = self.wait(count);
        if is_alive {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
        is_alive
    }
}

/// Tells whoever watches this process that it has done a step.
pub(crate) fn step() {
    std::io::stdout().write_all(b".").unwrap();
    std::io::stdout().flush().unwrap();
}

pub(crate) fn blocking<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}
