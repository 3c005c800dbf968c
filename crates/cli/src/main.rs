//! The program `napi-mtls`.

use std::{
    env,
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

use cli::{Arguments, Failure};
use vocabulary::Escaped;

// One request at a time: more threads would only cost their start.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = match Arguments::from_words(env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => return help_or_usage(&error),
    };
    let (code, out, err) = match arguments.run().await {
        Ok(output) => {
            let code = if output.problems.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            };
            let remarks = [output.warnings, output.problems].concat();
            (code, output.text, remarks)
        }
        Err(error) => {
            let failure = error.downcast_ref::<Failure>();
            let mut remarks = failure.map_or_else(Vec::new, |it| it.warnings().to_vec());
            remarks.push(Escaped::line(&format!("napi-mtls: {error:#}")).to_string());
            (ExitCode::FAILURE, String::new(), remarks)
        }
    };
    // Without standard error there is nowhere to complain; the exit code says it.
    let _ = lines(io::stderr(), &err.join("\n"));
    written(lines(io::stdout(), &out), code)
}

/// Shows the help, the version, or how the command line has to be.
fn help_or_usage(error: &clap::Error) -> ExitCode {
    let code = u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
    let shown = error.print().and_then(|()| io::stdout().flush());
    written(shown, code)
}

/// Returns the exit code once standard output was written, or could not be.
///
/// A reader that has gone away (`napi-mtls check | head -1`) has what it wanted. Whatever else
/// fails, such as a full disk, loses what was asked for.
fn written(result: io::Result<()>, code: ExitCode) -> ExitCode {
    match result {
        Ok(()) => code,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => code,
        Err(error) => {
            let _ = lines(
                io::stderr(),
                &format!("napi-mtls: cannot write to standard output: {error}"),
            );
            ExitCode::FAILURE
        }
    }
}

fn lines(mut to: impl Write, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    writeln!(to, "{}", Escaped::lines(text))?;
    to.flush()
}
