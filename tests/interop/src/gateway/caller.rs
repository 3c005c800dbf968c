//! The callers: the program of each, its build, and what it has to print.

use std::path::Path;

use crate::{
    example,
    gateway::case::Case,
    tool::{Invocation, Program, Tool, in_turn},
};

/// A program that calls the gateway.
#[derive(Clone, Copy)]
pub(super) struct Caller {
    pub(super) name: &'static str,
    program: Program,
    build: Option<fn(&Path) -> Invocation>,
    run: fn(&Tool, &Path, &Call<'_>) -> Invocation,
    pub(super) transport: Transport,
}

/// The way of a caller to the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Tcp,
    /// HTTP/2 by prior knowledge.
    H2c,
    Unix,
}

/// The inputs of a caller.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// Of the TCP address, or `unix:` and a path.
    pub(super) gateway: String,
    pub(super) user: &'a str,
    pub(super) password: &'a str,
    /// JSON of the verification.
    pub(super) request: &'a Path,
}

const CURL: Program = Program::new("curl", &["--version"], "Debian: curl");
const PRIOR_KNOWLEDGE: &str = "--http2-prior-knowledge";
const NODE: Program = Program::new("node", &["--version"], "Debian: nodejs");

pub(super) const CALLERS: &[Caller] = &[
    Caller {
        name: "gateway-csharp",
        program: Program::new(
            "mono",
            &["--version"],
            "Debian: mono-mcs, mono-runtime, libmono-system-net-http4.0-cil",
        ),
        build: Some(|folder| {
            Invocation::new(Path::new("/usr/bin/mcs"))
                .args(["-langversion:latest", "-r:System.Net.Http"])
                .arg(format!("-out:{}", folder.join("Gateway.exe").display()))
                .arg(example::page("Gateway.cs"))
        }),
        run: |mono, folder, call| page(mono.command().arg(folder.join("Gateway.exe")), call),
        transport: Transport::Tcp,
    },
    Caller {
        name: "gateway-curl",
        program: CURL,
        build: None,
        run: |curl, _, call| of_curl(curl.command(), "--http1.1", call),
        transport: Transport::Tcp,
    },
    Caller {
        name: "gateway-curl-h2c",
        program: CURL,
        build: None,
        run: |curl, _, call| of_curl(curl.command(), PRIOR_KNOWLEDGE, call),
        transport: Transport::H2c,
    },
    Caller {
        name: "gateway-curl-unix",
        program: CURL,
        build: None,
        run: |curl, _, call| of_curl(curl.command(), "--http1.1", call),
        transport: Transport::Unix,
    },
    Caller {
        name: "gateway-java",
        program: Program::new("javac", &["-version"], "Debian: default-jdk-headless"),
        build: Some(|folder| {
            Invocation::new(Path::new("/usr/bin/javac"))
                .arg("-d")
                .arg(folder)
                .arg(example::page("Gateway.java"))
        }),
        run: |_, folder, call| {
            let java = Invocation::new(Path::new("/usr/bin/java"));
            // Starts in half the time; it does not run for long.
            let java = java.args(["-XX:TieredStopAtLevel=1", "-cp"]);
            page(java.arg(folder).arg("Gateway"), call)
        },
        transport: Transport::Tcp,
    },
    Caller {
        name: "gateway-node",
        program: NODE,
        build: None,
        run: |node, _, call| page(node.command().arg(example::page("gateway.js")), call),
        transport: Transport::Tcp,
    },
    Caller {
        name: "gateway-node-unix",
        program: NODE,
        build: None,
        run: |node, _, call| page(node.command().arg(example::page("gateway.js")), call),
        transport: Transport::Unix,
    },
    Caller {
        name: "gateway-php",
        program: Program::new(
            "php",
            &[
                "-r",
                "echo PHP_VERSION, ', curl ', curl_version()['version'];",
            ],
            "Debian: php-cli, php-curl",
        ),
        build: None,
        run: |php, _, call| page(php.command().arg(example::page("gateway.php")), call),
        transport: Transport::Tcp,
    },
    Caller {
        name: "gateway-python",
        program: Program::new(
            "python3",
            &[
                "-c",
                "import platform, requests; print(platform.python_version(), requests.__version__)",
            ],
            "Debian: python3, python3-pip; pip: requests",
        ),
        build: None,
        run: |python, _, call| page(python.command().arg(example::page("gateway.py")), call),
        transport: Transport::Tcp,
    },
    Caller {
        name: "gateway-ruby",
        program: Program::new("ruby", &["--version"], "Debian: ruby"),
        build: None,
        run: |ruby, _, call| page(ruby.command().arg(example::page("gateway.rb")), call),
        transport: Transport::Tcp,
    },
];

impl Caller {
    /// Finds the program and builds its page.
    pub(super) async fn find(&self, folder: &Path) -> anyhow::Result<Tool> {
        let tool = self.program.find().await?;
        if let Some(build) = self.build {
            let built = in_turn(vec![build(folder)]).await?;
            anyhow::ensure!(
                built.code == Some(0),
                "it does not build: {}",
                built.words()
            );
        }
        Ok(tool)
    }

    /// Creates the run of a call.
    pub(super) fn command(&self, tool: &Tool, folder: &Path, call: &Call<'_>) -> Invocation {
        (self.run)(tool, folder, call)
    }

    /// Returns what has to be printed; `body` is the long one that a server responded with.
    pub(super) fn printed(&self, case: Case, body: &str) -> Vec<String> {
        let is_curl = self.program.name == CURL.name;
        let texts = match (case, is_curl) {
            (Case::Guide, false) => vec!["Hello acme-api\n", "match "],
            // Its own words: new connections for this request, and the version of HTTP.
            (Case::Guide, true) => vec![
                "\"Hello acme-api\"",
                "\"RecordStatus\":\"match\"",
                self.kept(),
            ],
            (Case::WrongPassword, false) => vec!["HTTP 401"],
            (Case::WrongPassword, true) => vec!["error: 401"],
            (Case::Revoked, _) => vec![
                "502",
                "\"type\":\"urn:napi-mtls:gateway:client-certificate\"",
                "\"kind\":\"client_certificate_revoked\"",
                "\"side\":\"gateway\"",
            ],
            (Case::LongBodies, false) => {
                return vec![format!("{body}\nmatch long-record\n")];
            }
            (Case::LongBodies, true) => {
                let [first, kept] = [self.opened(), self.kept()];
                return vec![format!("{body}{first}{body}{kept}")];
            }
        };
        texts.into_iter().map(str::to_owned).collect()
    }

    /// Returns the connections for two requests. curl 7.88, which Debian 12 has, cannot use one of
    /// HTTP/2 by prior knowledge twice (curl/curl#10634), and the page in PHP does not, so that no
    /// verification is repeated.
    pub(super) fn connections(&self) -> usize {
        match (self.transport, self.name) {
            (Transport::H2c, _) | (_, "gateway-php") => 2,
            (Transport::Tcp | Transport::Unix, _) => 1,
        }
    }

    /// Tells whether it is a page to be copied, and calls over TCP.
    pub(super) fn is_page_over_tcp(&self) -> bool {
        self.transport == Transport::Tcp && self.program.name != CURL.name
    }

    /// Names that in a few words.
    pub(super) fn words(&self, case: Case) -> &'static str {
        match case {
            Case::Guide => "`Hello acme-api` and a match",
            Case::WrongPassword => "401",
            Case::Revoked => "502 with the problem `client-certificate`",
            Case::LongBodies => "the body of 64 KiB, whole",
        }
    }

    /// Returns curl's words for a request that opened a connection.
    fn opened(&self) -> &'static str {
        match self.transport {
            Transport::H2c => "\n1 over 2\n",
            Transport::Tcp | Transport::Unix => "\n1 over 1.1\n",
        }
    }

    /// Returns curl's words for a request over a connection that was open, if it can use one.
    fn kept(&self) -> &'static str {
        match self.transport {
            Transport::H2c => self.opened(),
            Transport::Tcp | Transport::Unix => "\n0 over 1.1\n",
        }
    }
}

/// Adds to the run of a page its variables and its file.
fn page(run: Invocation, call: &Call<'_>) -> Invocation {
    run.arg(call.request)
        .env("NAPI_GATEWAY", &call.gateway)
        .env("NAPI_USER", call.user)
        .env("NAPI_PASSWORD", call.password)
}

/// Adds to a run of curl both requests; over HTTP/2 the second is to another name of this machine,
/// so that it has a connection of its own.
fn of_curl(run: Invocation, version: &str, call: &Call<'_>) -> Invocation {
    let (base, socket) = match call.gateway.strip_prefix("unix:") {
        Some(socket) => ("http://localhost", Some(socket)),
        None => (&*call.gateway, None),
    };
    let other = match version {
        PRIOR_KNOWLEDGE => &*base.replace("127.0.0.1", "localhost"),
        _ => base,
    };
    let of_each = |mut run: Invocation, base: &str, path: &str| {
        run = run.args(["--silent", "--show-error", "--fail-with-body"]);
        run = run.arg(version);
        run = run.args(["--user", &format!("{}:{}", call.user, call.password)]);
        run = run.args(["--write-out", "\\n%{num_connects} over %{http_version}\\n"]);
        run = match socket {
            Some(socket) => run.args(["--unix-socket", socket]),
            None => run.arg("--ipv4"),
        };
        run.args(["--url", &format!("{base}{path}")])
    };
    let run = run.args(["-q", "--fail-early"]); // -q: without ~/.curlrc
    let run = of_each(run, base, "/connection/v1/testauthentication").arg("--next");
    let run = of_each(run, other, "/verifications/v1/verify");
    let run = run.args(["--header", "Content-Type: application/json"]);
    run.arg("--data-binary")
        .arg(format!("@{}", call.request.display()))
}
