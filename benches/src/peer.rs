//! A server in a process of its own, so that its instructions are not counted as the client's.
//!
//! It is the same program, started with `--serve` and a name. It announces its address and
//! certificates on standard output, and serves until its standard input is closed, so it never
//! outlives its client.

use std::{
    env,
    io::{self, BufRead, BufReader, Read, Write},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, ensure};
use identity::{Identity, Loader};
use test_support::tls_server::{ServerBuilder, TestCa};
use transport::{MtlsConnector, MtlsConnectorBuilder, TrustAnchors};

/// The client's end of the process; dropping it ends the server.
#[derive(Debug)]
pub struct Peer {
    announced: Announced,
    child: Child,
}

#[derive(Debug, PartialEq, Eq)]
struct Announced {
    addr: SocketAddr,
    /// PEM: the server's trust anchor, the client's certificate, the client's key.
    pems: [String; 3],
}

impl Peer {
    /// Starts this program again with `--serve` and a name, and waits until it listens.
    ///
    /// # Errors
    ///
    /// If it cannot be started or announces nothing; its own error is on standard error.
    pub fn start(name: &str) -> anyhow::Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .args(["--serve", name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("no standard output")?;
        let announced = Announced::read(BufReader::new(output));
        let announced = announced.context("the server's process did not start")?;
        Ok(Self { announced, child })
    }

    /// Serves for [`Peer::start`] until the other process has closed our standard input.
    ///
    /// # Errors
    ///
    /// If the server does not start, or if no one reads its announcement.
    pub fn serve(ca: &TestCa, server: ServerBuilder<'_>) -> anyhow::Result<()> {
        let server = server.start()?;
        let (certificate, key) = ca.client_pem()?;
        let announced = Announced {
            addr: server.addr(),
            pems: [ca.pem().to_owned(), certificate, key],
        };
        announced.write(&mut io::stdout())?;
        io::stdin().read_to_end(&mut Vec::new())?;
        Ok(())
    }

    /// Returns the address that the server listens on.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.announced.addr
    }

    /// Returns the URI of a path, by the server's name.
    #[must_use]
    pub fn uri(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.addr().port())
    }

    /// Returns settings of a connector that trusts this server alone.
    ///
    /// # Errors
    ///
    /// If what the server announced is no certificate.
    pub fn trusted(&self) -> anyhow::Result<MtlsConnectorBuilder> {
        let [anchor, ..] = &self.announced.pems;
        let anchors = TrustAnchors::from_pem(anchor).context("the trust anchor")?;
        Ok(MtlsConnector::builder(anchors))
    }

    /// Loads the client's identity.
    ///
    /// # Errors
    ///
    /// If what the server announced is none.
    pub fn identity(&self) -> anyhow::Result<Identity> {
        let [_, certificate, key] = &self.announced.pems;
        let loaded = Loader::new().load(certificate.as_bytes(), key.as_bytes())?;
        Ok(loaded.into_parts().0)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

impl Announced {
    fn write(&self, output: &mut impl Write) -> io::Result<()> {
        writeln!(output, "{}", self.addr)?;
        for pem in &self.pems {
            writeln!(output, "{}", pem.trim_end())?;
        }
        output.flush()
    }

    /// Reads the address and as many PEM blocks as there have to be, and waits for no more.
    fn read(input: impl BufRead) -> anyhow::Result<Self> {
        let mut lines = input.lines();
        let addr = lines.next().context("no address")??.parse()?;
        let mut pems = [const { String::new() }; 3];
        for pem in &mut pems {
            loop {
                let line = lines.next().context("a PEM block is missing")??;
                pem.push_str(&line);
                pem.push('\n');
                if line.starts_with("-----END ") {
                    break;
                }
            }
            ensure!(pem.starts_with("-----BEGIN "), "no PEM block");
        }
        Ok(Self { addr, pems })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced() -> Announced {
        let pem = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        Announced {
            addr: SocketAddr::from(([127, 0, 0, 1], 4433)),
            pems: ["CERTIFICATE", "CERTIFICATE", "PRIVATE KEY"].map(pem),
        }
    }

    fn written() -> String {
        let mut output = Vec::new();
        announced().write(&mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn announcement_is_read_as_written_without_waiting_for_the_end() {
        let mut more = written();
        more.push_str("-----BEGIN");
        for text in [written(), more] {
            assert_eq!(Announced::read(text.as_bytes()).unwrap(), announced());
        }
    }

    #[test]
    fn announcement_that_breaks_off_is_rejected() {
        let text = written();
        for length in [0, 5, 40, text.len() - 30] {
            Announced::read(&text.as_bytes()[..length]).unwrap_err();
        }
        Announced::read(text.replace("-----BEGIN", "BEGIN").as_bytes()).unwrap_err();
    }
}
