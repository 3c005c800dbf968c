//! One call: the client made, the call sent, and what a failure was on its way.

use anyhow::Result;

use crate::client::{ClientArguments, ServiceClient};
use crate::global_arguments::GlobalArguments;
use crate::standard_input::FileOption;

impl ClientArguments {
    /// Makes the client and calls once; returns the response, and what there is to warn of.
    ///
    /// Files that the command reads besides are given so that standard input is read once.
    pub(crate) async fn call<T>(
        &self,
        global: &GlobalArguments,
        others: &[FileOption<'_>],
        call: impl AsyncFnOnce(&ServiceClient) -> Result<T, napi::Error>,
    ) -> Result<(T, Vec<String>)> {
        let connected = self.connect(global, others)?;
        match call(&connected.client).await {
            Ok(response) => Ok((response, connected.warnings)),
            Err(error) => {
                let failure = self.failure("response", connected, &error);
                Err(anyhow::Error::new(error).context(failure))
            }
        }
    }
}
