//! The mock's pages in a browser: Chromium walks through portal and control, and what it downloads
//! and switches on is tried by our program.
//!
//! The walks are in `browser`; each prints its cases as lines of JSON. The pictures that they take
//! are those of the docs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use mock_napi::{Account, EventKind};
use serde::Deserialize;
use test_support::Mock;

use crate::context::Context;
use crate::programs::{NAPI, NODE, OPENSSL};
use crate::report::{Report, Row};
use crate::tool::{Invocation, Output, Place, Program, Tool, npm_modules};

/// The peer tools of this group.
pub(crate) const PEER_TOOLS: &[&str] = &["chromium"];

const CHROMIUM: Program = Program::new("chromium", &["--version"], "Debian: chromium");

/// The folder of the pictures, relative to the root of the workspace.
const PICTURES: &str = "target/interop/browser";

/// A case, as a walk prints it.
#[derive(Deserialize)]
struct Case {
    case: String,
    expected: String,
    outcome: String,
    ok: bool,
}

/// The programs of the group, a mock of its own, and a folder.
struct Walker {
    chromium: Tool,
    node: Tool,
    napi: Tool,
    openssl: Tool,
    mock: Mock,
    folder: PathBuf,
}

/// Walks through the pages.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    if context.selection().of("browser").is_empty() {
        return Ok(());
    }
    let walker = match Walker::new(context).await {
        Ok(walker) => walker,
        Err(error) => {
            report.add_missing("browser", "chromium", &error);
            return Ok(());
        }
    };
    walker
        .request("good.csr", "CA", "Acme Inc", &["ST=BC", "L=Vancouver"])
        .await?;
    walker.request("bad.csr", "ca", "Acme & Sons", &[]).await?;
    walker.walk("portal.mjs", report).await?;
    walker.downloads(report).await?;
    walker.portal_events(report).await?;
    walker.walk("control.mjs", report).await?;
    walker.fault(report).await
}

impl Walker {
    async fn new(context: &Context) -> anyhow::Result<Self> {
        let walker = Self {
            chromium: CHROMIUM.find().await?,
            node: NODE.find().await?,
            napi: NAPI.find_in(Place::Beside).await?,
            openssl: OPENSSL.find().await?,
            mock: Mock::start().await?,
            folder: context.new_folder("browser")?,
        };
        let modules = npm_modules()?;
        for package in ["axe-core", "playwright-core"] {
            let is_there = modules.join(package).is_dir();
            anyhow::ensure!(
                is_there,
                "{package} is missing (npm: copy tests/interop/npm to target/interop/npm and run npm ci there)"
            );
        }
        fs::create_dir_all(PICTURES)?;
        fs::write(walker.file("ca.pem"), walker.mock.ca_pem())?;
        fs::write(
            walker.file("password"),
            Account::ACME.api().secret_password(),
        )?;
        Ok(walker)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a certification request, by openssl.
    async fn request(
        &self,
        name: &str,
        country: &str,
        organization: &str,
        others: &[&str],
    ) -> anyhow::Result<()> {
        let others: String = others.iter().map(|other| format!("/{other}")).collect();
        let subject = format!("/C={country}{others}/O={organization}/CN=api.acme.example");
        let openssl = self.openssl.command();
        let openssl = openssl.args(["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj"]);
        let openssl = openssl
            .arg(subject)
            .arg("-keyout")
            .arg(self.file(&format!("{name}.key")));
        let openssl = openssl.arg("-out").arg(self.file(name));
        let output = openssl.run().await?;
        anyhow::ensure!(output.code == Some(0), "openssl: {}", output.words());
        Ok(())
    }

    /// Runs a walk, and adds its cases.
    async fn walk(&self, script: &str, report: &mut Report) -> anyhow::Result<()> {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
        let node = self.node.command().arg(scripts.join(script));
        let node = node.env("NPM_MODULES", npm_modules()?);
        let node = node.env("CHROMIUM", self.chromium.path());
        let node = node.env("PORTAL_URL", self.mock.portal().url());
        let node = node.env("FOLDER", &self.folder);
        let node = node.env("SCREENSHOTS", std::path::absolute(PICTURES)?);
        let output = node.run().await?;
        for line in output.stdout.lines() {
            let case: Case = serde_json::from_str(line).context("a line of a walk")?;
            report.add(Row {
                case: case.case,
                expected: case.expected,
                client_outcome: case.outcome,
                ok: case.ok,
                ..self.row()
            });
        }
        let end = Row {
            case: format!("{script} comes to its end"),
            expected: "exit 0".to_owned(),
            client_outcome: output.to_string(),
            ok: output.code == Some(0),
            ..self.row()
        };
        report.add(end.with_output(&output));
        Ok(())
    }

    fn row(&self) -> Row {
        Row {
            group: "browser",
            peer_tool: "chromium".to_owned(),
            version: self.chromium.version().to_owned(),
            ..Row::default()
        }
    }

    /// Tries what was downloaded: over mutual TLS, and the PKCS#7 file by openssl.
    async fn downloads(&self, report: &mut Report) -> anyhow::Result<()> {
        let hello = self.hello("client.pem").run().await?;
        report.add(self.of_program("the download is accepted", &hello, 0, "Hello acme-api"));
        let pkcs7 = self.openssl.command();
        let pkcs7 = pkcs7
            .args(["pkcs7", "-print_certs", "-in"])
            .arg(self.file("client.p7b"));
        let mut output = pkcs7.run().await?;
        let certificates = output.stdout.matches("subject=").count();
        output.stdout = format!("{certificates} certificates");
        report.add(self.of_program("PKCS#7 by openssl", &output, 0, "2 certificates"));
        Ok(())
    }

    /// Compares what the browser did with the log.
    async fn portal_events(&self, report: &mut Report) -> anyhow::Result<()> {
        let mut counts = [0; 4];
        for event in self.mock.portal().events().await? {
            match event.kind {
                EventKind::CertificateIssued { .. } => counts[0] += 1,
                EventKind::CertificateRefused { .. } => counts[1] += 1,
                EventKind::CertificateRevoked { .. } => counts[2] += 1,
                EventKind::EnforcementChanged { enforced: true, .. } => counts[3] += 1,
                _ => {}
            }
        }
        let [issued, refused, revoked, enforced] = counts;
        report.add(Row {
            case: "the log has what the browser did".to_owned(),
            expected: "5 issued, 2 refused, 1 revoked, 1 enforced".to_owned(),
            server_events: format!(
                "{issued} issued, {refused} refused, {revoked} revoked, {enforced} enforced"
            ),
            ok: counts == [5, 2, 1, 1],
            ..self.row()
        });
        Ok(())
    }

    /// Meets the fault that was switched on in the browser, which is for one connection.
    async fn fault(&self, report: &mut Report) -> anyhow::Result<()> {
        let failed = self.hello("client.pem").run().await?;
        report.add(self.of_program("hello fails as the fault has it", &failed, 3, "revoked"));
        let good = self.hello("client.pem").run().await?;
        report.add(self.of_program("and not the next time", &good, 0, "Hello acme-api"));
        Ok(())
    }

    fn hello(&self, certificate: &str) -> Invocation {
        let napi = self.napi.command().arg("hello");
        let napi = napi.args(["--user", Account::ACME.api().user(), "--password-file"]);
        let napi = napi.arg(self.file("password")).arg("--certificate");
        let napi = napi.arg(self.file(certificate)).arg("--key");
        let napi = napi.arg(self.file("good.csr.key")).arg("--ca-file");
        let napi = napi.arg(self.file("ca.pem"));
        napi.args(["--base-url", self.mock.base_url()])
    }

    fn of_program(&self, case: &str, output: &Output, code: i32, words: &str) -> Row {
        let has_words = output.both().contains(words);
        Row {
            case: case.to_owned(),
            expected: format!("exit {code} and `{words}`"),
            client_outcome: output.words(),
            ok: output.code == Some(code) && has_words,
            ..self.row()
        }
        .with_output(output)
    }
}
