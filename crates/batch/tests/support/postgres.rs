//! A PostgreSQL server of the tests' own, in a temporary folder: on a socket there, and on a free
//! port if it is asked for TLS. It ends with this process, however that ends.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// The user that the server runs as if the tests run as root, which it refuses.
const USERS: [&str; 2] = ["postgres", "daemon"];

/// A running server with a database `test` of a user `test`.
pub(crate) struct PostgresServer {
    folder: TempDir,
    /// The server, and the shell that outlives this process.
    processes: Option<(Child, Child)>,
    port: u16,
    settings: Vec<String>,
}

impl PostgresServer {
    /// Makes a server that listens on a socket alone.
    pub(crate) fn start() -> Self {
        Self::with(Vec::new(), |_| ())
    }

    /// Makes a server with settings, after `prepare` has put files into its folder.
    pub(crate) fn with(settings: Vec<String>, prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let port = free_port();
        let data = folder.path().join("data");
        own(folder.path());
        let mut initdb = program("initdb");
        initdb.args([
            "--username=test",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
        ]);
        initdb.args(["--no-sync", "--pgdata"]).arg(data);
        let made = initdb.current_dir(folder.path()).output().unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let mut server = Self {
            folder,
            processes: None,
            port,
            settings,
        };
        server.begin();
        server
    }

    /// Returns the address of the database over the socket.
    pub(crate) fn url(&self) -> String {
        let folder = self.folder.path().display();
        format!(
            "postgres:///postgres?host={folder}&port={}&user=test",
            self.port
        )
    }

    /// Returns the port, on which it listens only if a setting says so.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server at once, as a machine does that fails, and starts it again.
    pub(crate) fn restart(&mut self) {
        self.end();
        self.begin();
    }

    fn begin(&mut self) {
        let folder = self.folder.path();
        let log = fs::File::create(folder.join("log")).unwrap();
        let mut server = program("postgres");
        server
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder);
        server.args(["-p", &self.port.to_string(), "-c", "listen_addresses="]);
        for setting in &self.settings {
            server.arg("-c").arg(setting);
        }
        server.stdin(Stdio::null()).stdout(log.try_clone().unwrap());
        let server = server.stderr(log).current_dir(folder).spawn().unwrap();
        // If this process ends first, however that happens, no one else would end the server and
        // take the folder away.
        let script =
            "read -r _ || { kill -QUIT $1; while kill -0 $1; do :; done; rm -rf \"$PWD\"; }";
        let mut watcher = Command::new("bash");
        watcher.args(["-c", script, "bash", &server.id().to_string()]);
        watcher.stdin(Stdio::piped()).stderr(Stdio::null());
        let watcher = watcher.current_dir(folder).spawn().unwrap();
        self.processes = Some((server, watcher));
        self.wait();
    }

    /// Waits until it takes connections.
    fn wait(&mut self) {
        let mut ready = program("pg_isready");
        ready.arg("-q").arg("-h").arg(self.folder.path());
        ready.args(["-U", "test", "-d", "postgres", "-p", &self.port.to_string()]);
        loop {
            if ready.status().unwrap().success() {
                return;
            }
            let (server, _) = self.processes.as_mut().unwrap();
            if server.try_wait().unwrap().is_some() {
                let mut log = String::new();
                let file = fs::File::open(self.folder.path().join("log"));
                file.unwrap().read_to_string(&mut log).unwrap();
                panic!("the server has ended: {log}");
            }
            // As long as a program takes to start: no need to ask more often.
            std::thread::yield_now();
        }
    }

    fn end(&mut self) {
        if let Some((mut server, mut watcher)) = self.processes.take() {
            let id = server.id().to_string();
            Command::new("kill").args(["-QUIT", &id]).status().unwrap();
            server.wait().unwrap();
            watcher.stdin.take().unwrap().write_all(b"\n").unwrap();
            watcher.wait().unwrap();
        }
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// Returns a program of PostgreSQL, as a user that the server takes.
fn program(name: &str) -> Command {
    let path = found(name).unwrap_or_else(|| {
        panic!("there is no {name}: install PostgreSQL (Debian: apt-get install postgresql)")
    });
    match user() {
        None => Command::new(path),
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", user, "--regid", user, "--clear-groups"]);
            command.arg(path);
            command
        }
    }
}

/// Returns a port that no one listens on; no server takes "any port" for one.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Finds a program where Debian puts it, the newest version first, or on the path.
fn found(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut paths: Vec<_> = versions
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin").join(name)))
        })
        .filter(|(_, path)| path.exists())
        .collect();
    paths.sort();
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut on_path = std::env::split_paths(&on_path).map(|folder| folder.join(name));
    let newest = paths.pop().map(|(_, path)| path);
    newest.or_else(|| on_path.find(|path| path.exists()))
}

/// Returns the user to become, if this one is root.
fn user() -> Option<&'static str> {
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    if id.trim_ascii() != b"0" {
        return None;
    }
    let is_there = |user: &&&str| {
        Command::new("id")
            .arg(user)
            .output()
            .unwrap()
            .status
            .success()
    };
    USERS.iter().find(is_there).copied()
}

/// Gives a folder and what is in it to the server's user.
pub(crate) fn own(folder: &Path) {
    if let Some(user) = user() {
        let owned = Command::new("chown")
            .arg("-R")
            .arg(user)
            .arg(folder)
            .status();
        assert!(owned.unwrap().success());
    }
}
