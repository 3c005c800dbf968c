//! A program of somebody else: found, asked for its version, run under a time limit.
//!
//! Never through a shell, and never with what this process was given by chance: of the environment only the
//! variables in [`KEPT`] are handed on, so no proxy, no `NODE_OPTIONS` and no other set of authorities.

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
    /// Its name, as a person types it, or its path.
    pub(crate) name: &'static str,
    /// What makes it print its version, on the first line.
    pub(crate) version: &'static [&'static str],
    /// Where it comes from, for whoever lacks it, such as `Debian: curl`.
    pub(crate) package: &'static str,
}

/// Where a program is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// Beside this program: one of ours, built together with it.
    Beside,
    /// Among what npm installed, at `target/interop/npm`.
    Npm,
    /// On the path, unless its name is a path.
    Path,
}

/// A program that was found.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    path: PathBuf,
    version: String,
}

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

/// What a program did.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    /// A program, how it tells its version, and where it comes from.
    pub(crate) const fn new(
        name: &'static str,
        version: &'static [&'static str],
        package: &'static str,
    ) -> Self {
        Self {
            name,
            version,
            package,
        }
    }

    /// The program on the path, and its version.
    ///
    /// # Errors
    ///
    /// If it is not there. The text names the package.
    pub(crate) async fn find(&self) -> anyhow::Result<Tool> {
        self.find_in(Place::Path).await
    }

    /// As [`Program::find`], in another place.
    pub(crate) async fn find_in(&self, place: Place) -> anyhow::Result<Tool> {
        let Self { name, package, .. } = self;
        let path = place.path_of(name)?;
        let path = path.with_context(|| format!("{name} is missing ({package})"))?;
        let output = Invocation::new(&path).args(self.version).run().await?;
        anyhow::ensure!(
            output.code == Some(0),
            "{name} lacks something ({package}): {}",
            output.words()
        );
        let printed = output.both();
        let version = printed.lines().next().unwrap_or_default().trim().to_owned();
        Ok(Tool { path, version })
    }
}

impl Place {
    fn path_of(self, name: &str) -> anyhow::Result<Option<PathBuf>> {
        let folders = match self {
            Self::Beside => {
                let this = std::env::current_exe()?;
                this.parent().map(Path::to_owned).into_iter().collect()
            }
            Self::Npm => vec![npm_modules()?.join(".bin")],
            Self::Path => {
                let path = std::env::var_os("PATH").unwrap_or_default();
                std::env::split_paths(&path).collect::<Vec<_>>()
            }
        };
        // Joined to a folder, an absolute path is itself.
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let mut candidates = folders.iter().map(|folder| folder.join(&file));
        Ok(candidates.find(|it| it.is_file()))
    }
}

/// Where npm has installed what `npm/package.json` names.
pub(crate) fn npm_modules() -> anyhow::Result<PathBuf> {
    Ok(std::path::absolute("target/interop/npm/node_modules")?)
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
    /// One run of the program at this path.
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

    #[must_use]
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    #[must_use]
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned());
        self.args.extend(args);
        self
    }

    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    #[must_use]
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Starts a program that goes on running, such as a server, its streams as `configure` has them. It is killed when
    /// the handle is dropped.
    pub(crate) fn spawn(self, configure: impl FnOnce(&mut Command)) -> anyhow::Result<Child> {
        let mut command = self.command(Command::new(&self.program));
        configure(&mut command);
        self.start(command)
    }

    /// Runs it to its end, away from the terminal: a program that finds one may ask a question there and wait.
    ///
    /// # Errors
    ///
    /// If it does not start, or is not done in time; it is killed then.
    pub(crate) async fn run(&self) -> anyhow::Result<Output> {
        let command = if cfg!(target_os = "linux") {
            let mut command = Command::new("setsid"); // becomes the program: same process, other session
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

    /// The command with its arguments, its environment and pipes for its streams.
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

/// Hands it the input and waits for its end.
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

    /// A program that every system has.
    fn here(name: &'static str) -> Invocation {
        let found = Place::Path.path_of(name).unwrap();
        Invocation::new(&found.expect("the system has it"))
    }

    #[tokio::test]
    async fn missing_program_is_named_with_its_package() {
        let program = Program::new("no-such-program", &["--version"], "Debian: nothing");
        let error = program.find().await.unwrap_err().to_string();
        assert_eq!(error, "no-such-program is missing (Debian: nothing)");
    }

    #[tokio::test]
    async fn program_that_is_there_tells_its_version() {
        let program = Program::new("cargo", &["--version"], "rustup");
        let found = program.find().await.unwrap();
        assert!(
            found.version().starts_with("cargo 1."),
            "{}",
            found.version()
        );
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
}
