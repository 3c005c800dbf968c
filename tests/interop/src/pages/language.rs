//! The languages: the program that runs a page, its build, and its inputs.

use std::path::Path;

use mock_napi::Account;
use test_support::Mock;

use crate::{
    example,
    pages::{files::Files, task::Task},
    tool::{Invocation, Program, Tool, in_turn},
};

/// A language.
#[derive(Clone, Copy)]
pub(super) struct Language {
    pub(super) name: &'static str,
    /// The program that runs a page, or builds it.
    program: Program,
    build: Option<fn(&Tool, &Files) -> Vec<Invocation>>,
    run: fn(&Tool, &Files, Page) -> Invocation,
    /// Whether this page says hello; else the group `clients` has a page that does.
    pub(super) has_hello: bool,
    /// Its words for the alert certificate_required.
    pub(super) no_certificate: &'static str,
    identity: Identity,
}

/// A page.
#[derive(Clone, Copy)]
enum Page {
    Hello,
    Verify,
    Callback,
}

/// The form of the key that a page takes.
#[derive(Clone, Copy)]
enum Identity {
    Encrypted,
    Pkcs12,
    Plain,
}

pub(super) const LANGUAGES: &[Language] = &[
    Language {
        name: "page-csharp",
        program: Program::new(
            "mono",
            &["--version"],
            "Debian: mono-mcs, mono-runtime, libmono-system-net-http4.0-cil, ca-certificates-mono",
        ),
        build: Some(|_, files| {
            let compiler = Invocation::new(Path::new("/usr/bin/mcs"))
                .args(["-langversion:latest", "-r:System.Net.Http"])
                .arg(format!("-out:{}", files.folder.join("Napi.exe").display()))
                .arg(example::page("Napi.cs"));
            let trust = Invocation::new(Path::new("/usr/bin/cert-sync"))
                .arg("--user")
                .arg(&files.ca);
            vec![compiler, with_own_store(trust, files)]
        }),
        run: |mono, files, page| {
            let run = mono.command().arg(files.folder.join("Napi.exe"));
            with_own_store(task(run, files, page), files)
        },
        has_hello: true,
        // The alert by its number: 1000 and that of RFC 8446.
        no_certificate: "reason(1116)",
        identity: Identity::Pkcs12,
    },
    Language {
        name: "page-go",
        program: Program::new("go", &["version"], "Debian: golang-go"),
        build: Some(|go, files| {
            let build = go.command().arg("build").arg("-o");
            let build = build
                .arg(files.folder.join("napi"))
                .arg(example::page("napi.go"));
            let build = build.env("GOCACHE", std::env::temp_dir().join("napi-interop-go"));
            vec![build.env("GO111MODULE", "off").env("CGO_ENABLED", "0")]
        }),
        run: |_, files, page| task(Invocation::new(&files.folder.join("napi")), files, page),
        has_hello: true,
        no_certificate: "tls: certificate required",
        identity: Identity::Plain,
    },
    Language {
        name: "page-java",
        program: Program::new("javac", &["-version"], "Debian: default-jdk-headless"),
        build: Some(|javac, files| {
            let build = javac.command().arg("-d").arg(&files.folder);
            vec![build.arg(example::page("Napi.java"))]
        }),
        run: |_, files, page| {
            let java = Invocation::new(Path::new("/usr/bin/java"));
            // Starts in half the time; it does not run for long.
            let java = java.args(["-XX:TieredStopAtLevel=1", "-cp"]);
            task(java.arg(&files.folder).arg("Napi"), files, page)
        },
        has_hello: true,
        no_certificate: "certificate_required",
        identity: Identity::Encrypted,
    },
    Language {
        name: "page-node",
        program: Program::new("node", &["--version"], "Debian: nodejs"),
        build: None,
        run: |node, files, page| of_two(node, files, page, ["node-verify.js", "node-callback.js"]),
        has_hello: false,
        no_certificate: "certificate required",
        identity: Identity::Encrypted,
    },
    Language {
        name: "page-php",
        program: Program::new(
            "php",
            &[
                "-r",
                "echo PHP_VERSION, ', ', curl_version()['ssl_version'];",
            ],
            "Debian: php-cli, php-curl",
        ),
        build: None,
        run: |php, files, page| task(php.command().arg(example::page("napi.php")), files, page),
        has_hello: true,
        no_certificate: "certificate required",
        identity: Identity::Encrypted,
    },
    Language {
        name: "page-python",
        program: Program::new(
            "python3",
            &[
                "-c",
                "import platform, requests; print(platform.python_version(), requests.__version__)",
            ],
            "Debian: python3, python3-pip; pip: requests",
        ),
        build: None,
        run: |python, files, page| of_two(python, files, page, ["verify.py", "callback.py"]),
        has_hello: false,
        no_certificate: "certificate required",
        identity: Identity::Encrypted,
    },
    Language {
        name: "page-ruby",
        program: Program::new("ruby", &["--version"], "Debian: ruby"),
        build: None,
        run: |ruby, files, page| of_two(ruby, files, page, ["verify.rb", "callback.rb"]),
        has_hello: false,
        no_certificate: "certificate required",
        identity: Identity::Encrypted,
    },
];

impl Language {
    /// Finds the program and builds the page.
    pub(super) async fn find(&self, files: &Files) -> anyhow::Result<Tool> {
        let tool = self.program.find().await?;
        if let Some(build) = self.build {
            let built = in_turn(build(&tool, files)).await?;
            anyhow::ensure!(
                built.code == Some(0),
                "it does not build: {}",
                built.words()
            );
        }
        Ok(tool)
    }

    /// Creates the run of a page for a task.
    pub(super) fn command(
        &self,
        tool: &Tool,
        task: Task,
        mock: &Mock,
        files: &Files,
    ) -> Invocation {
        let page = match task {
            Task::Hello => Page::Hello,
            Task::Callback => Page::Callback,
            _ => Page::Verify,
        };
        let user = match task {
            Task::OtherAccount => Account::GLOBEX.api(),
            _ => Account::ACME.api(),
        };
        let run = (self.run)(tool, files, page)
            .env("NAPI_URL", mock.base_url())
            .env("NAPI_USER", user.user())
            .env("NAPI_PASSWORD", user.secret_password())
            .env("NAPI_CA_FILE", &files.ca);
        if task == Task::NoCertificate {
            return run;
        }
        match self.identity {
            Identity::Encrypted => run
                .env("NAPI_CERTIFICATE", &files.certificate)
                .env("NAPI_KEY", &files.key)
                .env("NAPI_KEY_PASSPHRASE", Files::PASSPHRASE),
            Identity::Pkcs12 => run
                .env("NAPI_PKCS12", &files.pkcs12)
                .env("NAPI_KEY_PASSPHRASE", Files::PASSPHRASE),
            Identity::Plain => run
                .env("NAPI_CERTIFICATE", &files.certificate)
                .env("NAPI_KEY", &files.plain_key),
        }
    }
}

/// Adds the name of the task to a program that has all of them.
fn task(run: Invocation, files: &Files, page: Page) -> Invocation {
    match page {
        Page::Hello => run.arg("hello"),
        Page::Verify => run.arg("verify").arg(&files.request),
        Page::Callback => run.arg("callback").arg(&files.request),
    }
}

/// Creates the run of a language that has a page for each task.
fn of_two(tool: &Tool, files: &Files, page: Page, names: [&str; 2]) -> Invocation {
    let [verify, callback] = names;
    let name = match page {
        Page::Callback => callback,
        Page::Hello | Page::Verify => verify,
    };
    tool.command().arg(example::page(name)).arg(&files.request)
}

/// Lets Mono use the trust anchors of this run in place of the user's.
fn with_own_store(run: Invocation, files: &Files) -> Invocation {
    run.env("XDG_CONFIG_HOME", files.folder.join("mono"))
}
