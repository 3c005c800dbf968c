//! A program of somebody else: found, asked for its version, run under a time limit.
//!
//! Never through a shell, and never with what this process was given by chance: of the environment only the
//! variables in [`KEPT`] are handed on, so no proxy, no `NODE_OPTIONS` and no other set of authorities.

use std::{
    ffi::OsStr,
    fmt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
    time::timeout,
};

/// What a program needs to find itself and its libraries.
const KEPT: &[&str] = &[
    "HOME",
    "JAVA_HOME",
    "PATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "TMPDIR",
];

/// How long a program may take, unless it says otherwise.
const LIMIT: Duration = Duration::from_secs(60);

/// How much of what a program prints is kept, of each stream.
const MOST_OUTPUT: u64 = 1 << 20;

/// How a program is found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    /// Its name on the path, or its path.
    pub(crate) name: &'static str,
    /// What makes it print its version, on the first line.
    pub(crate) version: &'static [&'static str],
    /// Where it comes from, for whoever lacks it, such as `Debian: curl`.
    pub(crate) package: &'static str,
}

/// A program that was found.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    path: PathBuf,
    version: String,
}

/// One run of a program, before it is run.
#[derive(Debug)]
pub(crate) struct Invocation {
    command: Command,
    stdin: Vec<u8>,
    limit: Duration,
}

/// What a program did.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    /// The program and its version.
    ///
    /// # Errors
    ///
    /// If it is not there. The text names the package.
    pub(crate) async fn find(&self) -> anyhow::Result<Tool> {
        self.find_with(&[]).await
    }

    /// As [`Program::find`], with variables of its environment.
    pub(crate) async fn find_with(&self, env: &[(&str, &OsStr)]) -> anyhow::Result<Tool> {
        let path = PathBuf::from(self.name);
        let mut asked = Invocation::new(&path).args(self.version);
        for (name, value) in env {
            asked = asked.env(name, value);
        }
        let missing = || format!("{} is missing ({})", self.name, self.package);
        let output = asked.run().await.with_context(missing)?;
        anyhow::ensure!(
            output.code == Some(0),
            "{} does not start ({}): {}",
            self.name,
            self.package,
            output.words()
        );
        let version = output
            .both()
            .lines()
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        Ok(Tool { path, version })
    }
}

impl Tool {
    /// The first line that it printed about its version.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// One run of it.
    pub(crate) fn command(&self) -> Invocation {
        Invocation::new(&self.path)
    }
}

impl Invocation {
    /// One run of a program of ours or of somebody else's, by its name or path.
    pub(crate) fn new(program: &Path) -> Self {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .kill_on_drop(true);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in KEPT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        Self {
            command,
            stdin: Vec::new(),
            limit: LIMIT,
        }
    }

    #[must_use]
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    #[must_use]
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    #[must_use]
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    #[must_use]
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    #[must_use]
    pub(crate) fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The command and its handle, for a program that goes on running: a server. Its streams are as `configure`
    /// has them; it is killed when the handle is dropped.
    pub(crate) fn spawn(
        mut self,
        configure: impl FnOnce(&mut Command),
    ) -> anyhow::Result<tokio::process::Child> {
        configure(&mut self.command);
        self.command.spawn().context("it does not start")
    }

    /// Runs it to its end.
    ///
    /// # Errors
    ///
    /// If it does not start, or is not done in time; it is killed then.
    pub(crate) async fn run(self) -> anyhow::Result<Output> {
        let Self {
            mut command,
            stdin,
            limit,
        } = self;
        let mut child = command.spawn().context("it does not start")?;
        let mut input = child.stdin.take().context("no standard input")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let stderr = child.stderr.take().context("no standard error")?;
        let done = async {
            let feed = async {
                // A program that has read enough, or nothing, may close it.
                let _ = input.write_all(&stdin).await;
                drop(input);
            };
            let ((), stdout, stderr, status) =
                tokio::join!(feed, read(stdout), read(stderr), child.wait());
            anyhow::Ok(Output {
                code: status?.code(),
                stdout: stdout?,
                stderr: stderr?,
            })
        };
        let seconds = limit.as_secs();
        timeout(limit, done)
            .await
            .with_context(|| format!("not done after {seconds} s"))?
    }
}

impl Output {
    /// Standard output and standard error, one after the other.
    pub(crate) fn both(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Exit code and words, in one line.
    pub(crate) fn words(&self) -> String {
        let words = self.both();
        let words: Vec<_> = words.split_whitespace().collect();
        format!("{self}: {}", words.join(" "))
    }
}

/// How it ended.
impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "exit {code}"),
            None => f.write_str("ended by a signal"),
        }
    }
}

/// The first [`MOST_OUTPUT`] bytes; the rest is read too, so that the program does not wait, and dropped.
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

    #[tokio::test]
    async fn missing_program_is_named_with_its_package() {
        let program = Program {
            name: "no-such-program",
            version: &["--version"],
            package: "Debian: nothing",
        };
        let error = format!("{:#}", program.find().await.unwrap_err());
        assert!(
            error.starts_with("no-such-program is missing (Debian: nothing)"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn input_reaches_the_program_and_its_output_comes_back() {
        let output = Invocation::new(Path::new("cat"))
            .stdin("a word")
            .run()
            .await
            .unwrap();
        assert_eq!((output.code, output.stdout.as_str()), (Some(0), "a word"));
    }

    #[tokio::test]
    async fn program_that_goes_on_is_stopped() {
        // `tail` waits for a file to grow, which it never does.
        let waiting = Invocation::new(Path::new("tail")).args(["-f", "/dev/null"]);
        let error = waiting
            .within(Duration::from_millis(50))
            .run()
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "not done after 0 s");
    }

    #[tokio::test]
    async fn proxy_of_this_process_is_not_handed_on() {
        let printed = Invocation::new(Path::new("env"))
            .env("ADDED", "1")
            .run()
            .await
            .unwrap();
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
}
