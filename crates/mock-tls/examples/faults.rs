//! Starts a server and prints how to reach it with curl; each line on standard input is the name of
//! a fault, which the next connection does. Prints what the server saw before it takes the next
//! line.

use std::io::{BufRead, Write};

use mock_tls::{MockServer, Script};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = MockServer::builder().start().await?;
    let identity = server.client_identity()?;
    let folder = std::env::temp_dir();
    let (ca, client) = (folder.join("mock-ca.pem"), folder.join("mock-client.pem"));
    std::fs::write(&ca, server.ca_certificate_pem())?;
    let both = format!(
        "{}{}",
        identity.certificate_pem(),
        identity.secret_key_pem()
    );
    std::fs::write(&client, both)?;

    let mut out = std::io::stdout();
    let (ca, client, url) = (ca.display(), client.display(), server.base_url());
    writeln!(out, "curl --cacert {ca} --cert {client} {url}")?;
    let mut shown = 0;
    for line in std::io::stdin().lock().lines() {
        match Script::named(line?.trim()) {
            Some(script) => server.enqueue(script),
            None => writeln!(out, "{}", Script::names().collect::<Vec<_>>().join(" "))?,
        }
        for event in server.events().iter().skip(shown) {
            writeln!(out, "{} {:?}", event.connection, event.kind)?;
            shown += 1;
        }
    }
    server.shutdown().await;
    Ok(())
}
