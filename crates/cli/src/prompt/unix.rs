//! The terminal that controls this process.
//!
//! `rpassword` edits the line. The modes of the terminal are set here, because `rpassword` switches
//! off the key that stops a program (Ctrl-Z), and leaves a terminal without echo behind when one is
//! ended by Ctrl-C.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Stdin, Write};
use std::os::unix::fs::MetadataExt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rpassword::ConfigBuilder;
use rustix::process::{Signal, getpgrp, kill_current_process_group};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};
use zeroize::Zeroizing;

#[derive(Debug)]
pub(super) struct Terminal(File);

impl Terminal {
    pub(super) fn open() -> io::Result<Self> {
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
        terminal.map(Self)
    }

    pub(super) fn say(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.0, "{line}")
    }

    /// Asks, and reads a line without its end. The cursor is at the beginning of a line afterwards,
    /// whatever happened.
    ///
    /// The error is [`ErrorKind::UnexpectedEof`] if it was given up by Ctrl-D.
    pub(super) fn read_hidden(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
        let input = HiddenInput::new(self.0.try_clone()?, question)?;
        let config = ConfigBuilder::new()
            .input_reader(input)
            .output_discard()
            .build();
        let answer = rpassword::read_password_with_config(config).map(Zeroizing::new);
        writeln!(self.0)?;
        answer
    }
}

/// Returns whether standard input is the null device, which the standard library also opens in
/// place of one that is closed.
pub(super) fn is_null(stdin: &Stdin) -> bool {
    let (Ok(stdin), Ok(null)) = (rustix::fs::fstat(stdin), std::fs::metadata("/dev/null")) else {
        return false;
    };
    stdin.st_rdev == null.rdev()
}

/// Puts the terminal back of a question that is open; the cursor is at the beginning of a line
/// then.
pub(super) fn restore() {
    let Some(before) = open_question().take() else {
        return;
    };
    let Ok(mut terminal) = OpenOptions::new().write(true).open("/dev/tty") else {
        return;
    };
    // One that is in the background would be stopped by it, and has not changed the terminal.
    if tcgetpgrp(&terminal).is_ok_and(|foreground| foreground == getpgrp()) {
        let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
        let _ = writeln!(terminal);
    }
}

/// Returns how the terminal was before the question that is open, of which there is one at most:
/// a terminal has one person.
fn open_question() -> MutexGuard<'static, Option<Termios>> {
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);
    BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The keys that are typed, one by one and without echo; the terminal is as it was when this is
/// dropped.
struct HiddenInput {
    terminal: File,
    before: Termios,
    question: String,
}

impl HiddenInput {
    fn new(terminal: File, question: &str) -> io::Result<Self> {
        let mut hidden = Self {
            before: tcgetattr(&terminal)?,
            terminal,
            question: question.to_owned(),
        };
        hidden.begin()?;
        Ok(hidden)
    }

    fn begin(&mut self) -> io::Result<()> {
        let mut modes = self.before.clone();
        *open_question() = Some(self.before.clone());
        let off = LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        modes.local_modes -= off;
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&self.terminal, OptionalActions::Now, &modes)?;
        self.terminal.write_all(self.question.as_bytes())
    }

    /// Sends the signal of such a key as the kernel does, to all that run in the foreground, but
    /// with the terminal put back.
    fn signal(&mut self, signal: Signal) -> io::Result<()> {
        tcsetattr(&self.terminal, OptionalActions::Now, &self.before)?;
        writeln!(self.terminal)?;
        Ok(kill_current_process_group(signal)?)
    }

    fn is_key(&self, index: SpecialCodeIndex, byte: u8) -> bool {
        byte != 0 && self.before.special_codes[index] == byte // 0 is a key that is switched off
    }
}

impl Read for HiddenInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(buffer) = buffer.get_mut(..1) else {
            return Ok(0);
        };
        loop {
            let byte = match self.terminal.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
                // Not the end of the line: half a passphrase is none.
                Ok(0) => return Err(io::Error::other("the terminal was closed")),
                Ok(_) => buffer.first().copied().unwrap_or_default(),
            };
            if self.is_key(SpecialCodeIndex::VSUSP, byte) {
                self.signal(Signal::TSTP)?;
                // Here again by `fg`. Who was in the foreground meanwhile may have set the
                // terminal.
                self.before = tcgetattr(&self.terminal)?;
                self.begin()?;
            } else if self.is_key(SpecialCodeIndex::VINTR, byte) {
                self.signal(Signal::INT)?;
                return Err(ErrorKind::Interrupted.into());
            } else if self.is_key(SpecialCodeIndex::VQUIT, byte) {
                self.signal(Signal::QUIT)?;
                return Err(ErrorKind::Interrupted.into());
            } else {
                return Ok(1);
            }
        }
    }
}

impl Drop for HiddenInput {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        open_question().take();
    }
}
