//! The program `napi`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use cli::{Arguments, without_steering};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (code, out, err) = match Arguments::parse().run().await {
        Ok(output) => {
            let code = if output.problems.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            };
            let remarks = [output.warnings, output.problems].concat();
            (code, output.text, remarks.join("\n"))
        }
        Err(error) => (ExitCode::FAILURE, String::new(), format!("napi: {error:#}")),
    };
    // A reader that has gone away (`napi check | head -1`) is no reason to panic.
    let _ = lines(io::stderr(), &err);
    let _ = lines(io::stdout(), &out);
    code
}

fn lines(mut to: impl Write, text: &str) -> io::Result<()> {
    if text.is_empty() {
        Ok(())
    } else {
        writeln!(to, "{}", without_steering(text))
    }
}
