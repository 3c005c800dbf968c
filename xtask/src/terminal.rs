//! A command on a terminal of its own, without a user.
//!
//! A test that asks there waits without end on a developer's machine, and finds no terminal in CI,
//! which therefore needs one. A question for a secret is noticed by what it does to the terminal,
//! any other by the silence that follows.

#[cfg(unix)]
pub(crate) use unix::run;

/// Fails: pseudo-terminals are of Unix.
#[cfg(not(unix))]
pub(crate) fn run(_: std::process::Command) -> anyhow::Result<()> {
    anyhow::bail!("--terminal needs a Unix")
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::os::fd::OwnedFd;
    use std::process::Command;
    use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
    use std::thread;
    use std::time::{Duration, Instant};

    use anyhow::{bail, ensure};
    use pty_process::blocking as pty;
    use rustix::termios::{LocalModes, OptionalActions, OutputModes, tcgetattr, tcsetattr};

    /// Between two looks at the terminal while nothing is written.
    const LOOK: Duration = Duration::from_millis(500);

    /// The longest silence: longer than the slowest test, or than a crate compiles.
    const SILENCE: Duration = Duration::from_secs(15 * 60);

    /// Runs the command and passes on what it writes; fails if it does, or if something asks.
    pub(crate) fn run(command: Command) -> anyhow::Result<()> {
        run_for(command, SILENCE, &mut io::stdout())
    }

    fn run_for(command: Command, silence: Duration, to: &mut impl Write) -> anyhow::Result<()> {
        let (terminal, end) = pty::open()?;
        terminal.resize(pty_process::Size::new(24, 120))?;
        let terminal = File::from(OwnedFd::from(terminal));
        // What is written arrives as it was written.
        let mut modes = tcgetattr(&terminal)?;
        modes.output_modes -= OutputModes::OPOST;
        tcsetattr(&terminal, OptionalActions::Now, &modes)?;
        let command = pty::Command::from(command)
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_PROGRESS_WHEN", "never")
            .env("TERM", "dumb");
        let mut program = command.spawn(end)?;
        let written = written(terminal.try_clone()?);
        let mut last = Instant::now();
        loop {
            match written.recv_timeout(LOOK) {
                Ok(bytes) => {
                    last = Instant::now();
                    to.write_all(&bytes)?;
                    to.flush()?;
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let asks = !tcgetattr(&terminal)?.local_modes.contains(LocalModes::ECHO);
                    if asks || last.elapsed() > silence {
                        program.kill()?;
                        program.wait()?;
                    }
                    if asks {
                        bail!(
                            "a test asks for a secret on the terminal, which it has not made itself"
                        );
                    }
                    ensure!(
                        last.elapsed() <= silence,
                        "nothing was written for {silence:?}: does a test wait for input?"
                    );
                }
            }
        }
        let status = program.wait()?;
        ensure!(status.success(), "{status}");
        Ok(())
    }

    /// Passes on what is written to the terminal, until no program has it any more.
    fn written(mut terminal: File) -> Receiver<Vec<u8>> {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = terminal.read(&mut buffer) {
                let bytes = buffer.get(..length).unwrap_or_default();
                if sender.send(bytes.to_vec()).is_err() {
                    break;
                }
            }
        });
        receiver
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn shell(script: &str, silence: Duration) -> (anyhow::Result<()>, String) {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            let mut shown = Vec::new();
            let result = run_for(command, silence, &mut shown);
            (result, String::from_utf8(shown).unwrap())
        }

        #[test]
        fn all_three_streams_are_a_terminal_and_the_status_counts() {
            let (result, shown) = shell("test -t 0 && test -t 1 && test -t 2 && echo yes", SILENCE);
            result.unwrap();
            assert_eq!(shown, "yes\n");
            let (result, _) = shell("exit 3", SILENCE);
            assert!(result.unwrap_err().to_string().contains('3'));
        }

        #[test]
        fn question_for_a_secret_is_noticed() {
            let (result, _) = shell("stty -echo; read secret", SILENCE);
            assert!(
                result
                    .unwrap_err()
                    .to_string()
                    .contains("asks for a secret")
            );
        }

        #[test]
        fn question_for_anything_else_ends_in_silence() {
            let (result, _) = shell("read anything", Duration::from_secs(1));
            assert!(
                result
                    .unwrap_err()
                    .to_string()
                    .contains("nothing was written")
            );
        }
    }
}
