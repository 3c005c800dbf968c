//! The program `napi-mtls`.

use std::{
    env,
    ffi::OsString,
    io::{self, ErrorKind, IsTerminal, Write},
    process::ExitCode,
};

use anstream::{AutoStream, ColorChoice};
use cli::{Arguments, Exit, Format, Rendered, restore_terminal};
use tokio::runtime::{Builder, Runtime};

fn main() -> ExitCode {
    let words: Vec<OsString> = env::args_os().collect();
    let arguments = match Arguments::from_words(&words) {
        Ok(arguments) => arguments,
        Err(error) => return help_or_usage(&error, Format::of_words(&words)),
    };
    let format = arguments.format();
    let runtime = match runtime(&arguments) {
        Ok(runtime) => runtime,
        Err(error) => return printed(&Rendered::of(&Err(error.into()), format)),
    };
    let rendered = Rendered::of(&runtime.block_on(arguments.run()), format);
    // Before there is anything to read, since a shell may already be behind it.
    restore_terminal();
    let code = printed(&rendered);
    // A thread that waits for a device or a person may do so without end. The end of the process
    // takes it along.
    runtime.shutdown_background();
    code
}

/// Returns a runtime of one thread for one request at a time, where more would only cost their
/// start; of one for each processor for a command that serves others.
fn runtime(arguments: &Arguments) -> io::Result<Runtime> {
    let mut builder = match arguments.is_server() {
        true => Builder::new_multi_thread(),
        false => Builder::new_current_thread(),
    };
    builder.enable_all().build()
}

/// Shows the help, the version, or how the command line has to be.
fn help_or_usage(error: &clap::Error, format: Format) -> ExitCode {
    if error.use_stderr() && format == Format::Json {
        return printed(&Rendered::of_usage(&error.to_string(), format));
    }
    let code = u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
    let shown = error.print().and_then(|()| io::stdout().flush());
    written(shown, code)
}

/// Prints the end of a command.
fn printed(rendered: &Rendered) -> ExitCode {
    // Without standard error there is nowhere to complain; the exit code says it.
    let _ = lines(io::stderr(), &rendered.err);
    let shown = raw(rendered);
    let is_plain = AutoStream::choice(&io::stdout()) == ColorChoice::Never;
    let coloured = rendered.coloured.as_ref().filter(|_| !is_plain);
    let out = coloured.unwrap_or(&rendered.out);
    let shown = shown.and_then(|()| lines(io::stdout(), out));
    written(shown, rendered.exit.into())
}

/// Writes what came from elsewhere: to a file or a program as it came, and to a terminal as text.
fn raw(rendered: &Rendered) -> io::Result<()> {
    let mut stdout = io::stdout();
    if stdout.is_terminal() {
        return lines(stdout, &rendered.raw_for_terminal());
    }
    stdout.write_all(&rendered.raw)?;
    stdout.flush()
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
            Exit::Local.into()
        }
    }
}

fn lines(mut to: impl Write, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    writeln!(to, "{text}")?;
    to.flush()
}
