//! `napi-mtls hello`: the whole connection, tested; or, with `--plain`, the credentials alone.

use anyhow::Result;
use serde_json::json;
use vocabulary::Escaped;

use crate::client::ClientArguments;
use crate::error_with_response::ErrorWithResponse;
use crate::global_arguments::GlobalArguments;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls hello --plain --user acme-api --password-file password
  napi-mtls hello --certificate napi.pem --key napi.key --passphrase-file passphrase \\
      --user acme-api --password-file password
  napi-mtls hello --profile sandbox")]
pub(crate) struct Arguments {
    #[command(flatten)]
    client: ClientArguments,
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let connected = arguments.client.connect(global, &[])?;
    match connected.client.test_authentication().await {
        Ok(hello) => {
            let base_url = connected.client.base_url().to_string();
            let data = json!({"hello": hello, "base_url": base_url});
            let text = Escaped::line(&hello).to_string();
            Ok(Output::new(text, data, connected.warnings))
        }
        Err(error) => {
            let failure = arguments.client.failure("hello", connected, &error);
            // Nothing that a hello sends is personal data.
            Err(anyhow::Error::new(ErrorWithResponse(error)).context(failure))
        }
    }
}
