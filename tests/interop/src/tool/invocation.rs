//! One run of a program of others, under a time limit.
//!
//! Never through a shell. Of our own environment only the variables in [`KEPT`] are handed on, so
//! no proxy, no `NODE_OPTIONS` and no other set of CAs.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
    time::timeout,
};

/// The variables by which a program finds itself and its libraries.
const KEPT: &[&str] = &[
    "HOME",
    "JAVA_HOME",
    "PATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "TMPDIR",
];

/// The time that a program may take.
const LIMIT: Duration = Duration::from_secs(60);

/// The bytes that are kept of each stream.
const MOST_OUTPUT: u64 = 1 << 20;

/// One run of a program, before it is run.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    program: PathBuf,
    args: Vec<OsString>,
    env: Vec<(String, OsString)>,
    folder: Option<PathBuf>,
    stdin: Vec<u8>,
    limit: Duration,
}

/// The end of a run: exit code and output.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Invocation {
    /// Creates a run of the program at this path, or of this name on the search path.
    pub(crate) fn new(program: &Path) -> Self {
        Self {
            program: program.to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            folder: None,
            stdin: Vec::new(),
            limit: LIMIT,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned());
        self.args.extend(args);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Sets the bytes of standard input.
    #[must_use]
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Sets the time that it may take, in place of a minute.
    #[must_use]
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Starts a program that goes on running, such as a server, with the streams that `configure`
    /// sets. It is killed when the handle is dropped.
    pub(crate) fn spawn(self, configure: impl FnOnce(&mut Command)) -> anyhow::Result<Child> {
        let mut command = self.command(Command::new(&self.program));
        configure(&mut command);
        self.start(command)
    }

    /// Runs the program to its end, without a terminal: one that finds a terminal may ask a
    /// question there and wait.
    ///
    /// # Errors
    ///
    /// If it does not start, or is not done in time; it is killed then.
    pub(crate) async fn run(&self) -> anyhow::Result<Output> {
        let command = if cfg!(target_os = "linux") {
            // setsid becomes the program, in a session of its own: the same process to wait for.
            let mut command = Command::new("setsid");
            command.arg(&self.program);
            command
        } else {
            Command::new(&self.program)
        };
        let child = self.start(self.command(command))?;
        let seconds = self.limit.as_secs();
        timeout(self.limit, finish(child, &self.stdin))
            .await
            .with_context(|| format!("{} is not done after {seconds} s", self.program.display()))?
    }

    fn start(&self, mut command: Command) -> anyhow::Result<Child> {
        let child = command.spawn();
        child.with_context(|| format!("{} does not start", self.program.display()))
    }

    /// Sets arguments, environment and a pipe for each stream.
    fn command(&self, mut command: Command) -> Command {
        command
            .args(&self.args)
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .kill_on_drop(true);
        let streams = Stdio::piped;
        command.stdin(streams()).stdout(streams()).stderr(streams());
        for name in KEPT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        for (name, value) in &self.env {
            command.env(name, value);
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }
}

/// Writes the input and waits for the end.
async fn finish(mut child: Child, stdin: &[u8]) -> anyhow::Result<Output> {
    let mut input = child.stdin.take().context("no standard input")?;
    let stdout = child.stdout.take().context("no standard output")?;
    let stderr = child.stderr.take().context("no standard error")?;
    let feed = async {
        // A program that has read enough, or nothing, may close it.
        let _ = input.write_all(stdin).await;
        drop(input);
    };
    let ((), stdout, stderr, status) = tokio::join!(feed, read(stdout), read(stderr), child.wait());
    Ok(Output {
        code: status?.code(),
        stdout: stdout?,
        stderr: stderr?,
    })
}

/// Runs the steps up to the first that fails; returns the output of the last one run.
pub(crate) async fn in_turn(steps: Vec<Invocation>) -> anyhow::Result<Output> {
    let mut last = None;
    for step in steps {
        let output = step.run().await?;
        let is_over = output.code != Some(0);
        last = Some(output);
        if is_over {
            break;
        }
    }
    last.context("no step")
}

impl Output {
    /// Returns standard output and standard error, one after the other.
    pub(crate) fn both(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Returns exit code and output, in one line.
    pub(crate) fn words(&self) -> String {
        let words = self.both();
        let words: Vec<_> = words.split_whitespace().collect();
        format!("{self}: {}", words.join(" "))
    }
}

/// Shows the exit code.
impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "exit {code}"),
            None => f.write_str("ended by a signal"),
        }
    }
}

/// Reads a stream to its end and keeps the first [`MOST_OUTPUT`] bytes.
///
/// The rest is read too, since a program whose pipe is full would wait.
async fn read(mut stream: impl AsyncRead + Unpin) -> std::io::Result<String> {
    let mut kept = Vec::new();
    (&mut stream)
        .take(MOST_OUTPUT)
        .read_to_end(&mut kept)
        .await?;
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Creates a run of a program that every system has.
    fn here(name: &str) -> Invocation {
        Invocation::new(Path::new(name))
    }

    #[tokio::test]
    async fn input_reaches_the_program_and_its_output_comes_back() {
        let output = here("cat").stdin("a word").run().await.unwrap();
        assert_eq!((output.code, output.stdout.as_str()), (Some(0), "a word"));
    }

    #[tokio::test]
    async fn program_that_goes_on_is_stopped() {
        // `tail` waits for a file to grow, which it never does.
        let mut waiting = here("tail").args(["-f", "/dev/null"]);
        waiting.limit = Duration::from_millis(50);
        let error = waiting.run().await.unwrap_err().to_string();
        assert!(error.ends_with("is not done after 0 s"), "{error}");
    }

    #[tokio::test]
    async fn variables_of_this_process_are_not_handed_on() {
        let printed = here("env").env("ADDED", "1").run().await.unwrap();
        let names = printed
            .stdout
            .lines()
            .filter_map(|line| line.split_once('='));
        let strange = names
            .map(|(name, _)| name)
            .filter(|name| !KEPT.contains(name));
        let mut strange: Vec<_> = strange.collect();
        strange.sort_unstable();
        assert_eq!(strange, ["ADDED", "LC_ALL"]);
    }

    #[tokio::test]
    async fn step_that_fails_is_the_last() {
        let steps = vec![here("true"), here("false"), here("cat").stdin("never")];
        let last = in_turn(steps).await.unwrap();
        assert_eq!((last.code, last.stdout.as_str()), (Some(1), ""));
    }
}
