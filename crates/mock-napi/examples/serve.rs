//! Starts the mock and says how to reach it with curl; stops at the end of standard input.

use std::io::Write;

use mock_napi::{Account, MockNapi};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mock = MockNapi::builder().start().await?;
    let portal = Account::ACME.portal().clone();
    let api = Account::ACME.api().clone();

    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "curl -s {}/mock/v1/ca.pem -o ca.pem",
        mock.portal_url()
    )?;
    writeln!(
        out,
        "curl -s -u {}:{} --data-binary @server.csr {}/portal/v1/certificates -o server.pem",
        portal.user(),
        portal.secret_password(),
        mock.portal_url(),
    )?;
    writeln!(
        out,
        "curl --cacert ca.pem --cert server.pem --key server.key -u {}:{} \
         {}/connection/v1/testauthentication",
        api.user(),
        api.secret_password(),
        mock.base_url(),
    )?;
    drop(out);

    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()))
        .await??;
    mock.shutdown().await;
    Ok(())
}
