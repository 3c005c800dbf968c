//! A terminal with a program in it, and the keys that are typed.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};

/// The timeout of anything; it takes a second where the machine is busy.
const LIMIT: Duration = Duration::from_secs(120);

pub(crate) const CTRL_C: &str = "\u{3}";
pub(crate) const CTRL_D: &str = "\u{4}";
pub(crate) const CTRL_Z: &str = "\u{1a}";
pub(crate) const CTRL_BACKSLASH: &str = "\u{1c}";

pub(crate) struct Terminal {
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    shown: String,
    /// The part of it that has been waited for.
    read: usize,
    program: Child,
}

impl Terminal {
    /// Starts a program that has a new terminal as its own, and as its three streams.
    pub(crate) fn start(command: Command) -> Self {
        let (pty, pts) = pty_process::blocking::open().unwrap();
        let command = pty_process::blocking::Command::from(command);
        // The helper above gives it no input; here it has this terminal.
        let [stdin, stdout, stderr] = [(); 3].map(|()| {
            let terminal = rustix::io::fcntl_dupfd_cloexec(&pts, 3).unwrap();
            std::process::Stdio::from(terminal)
        });
        let command = command.stdin(stdin).stdout(stdout).stderr(stderr);
        let program = command.spawn(pts).unwrap();
        let keyboard = File::from(OwnedFd::from(pty));
        let mut screen = keyboard.try_clone().unwrap();
        let (shown, seen) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 1024];
            // It ends with an error when no program has the terminal any more.
            while let Ok(length @ 1..) = screen.read(&mut buffer) {
                let bytes = buffer.get(..length).unwrap_or_default();
                if shown.send(bytes.to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            keyboard,
            screen: seen,
            shown: String::new(),
            read: 0,
            program,
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the text is shown, behind what was waited for before.
    pub(crate) fn wait_for(&mut self, text: &str) {
        loop {
            if let Some(at) = self.shown.get(self.read..).and_then(|rest| rest.find(text)) {
                self.read += at + text.len();
                return;
            }
            match self.screen.recv_timeout(LIMIT) {
                Ok(more) => self.shown += &String::from_utf8_lossy(&more),
                Err(_) => panic!("there is no {text:?} in {:?}", self.shown),
            }
        }
    }

    /// Returns whether it shows what is typed.
    pub(crate) fn echoes(&self) -> bool {
        let modes = tcgetattr(&self.keyboard).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// Sends the program a signal that no key sends.
    pub(crate) fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.program), signal).unwrap();
    }

    /// Waits for the end of the program; returns how it ended and all that was shown.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        loop {
            match self.screen.recv_timeout(LIMIT) {
                Ok(more) => self.shown += &String::from_utf8_lossy(&more),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it goes on after {:?}", self.shown),
            }
        }
        let status = self.program.wait().unwrap();
        (status, std::mem::take(&mut self.shown))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.program.kill(); // of a test that failed
        let _ = self.program.wait();
    }
}
