//! Questions on the terminal, answered without echo.
//!
//! Leaves out where else a secret may come from.

#[cfg_attr(unix, path = "prompt/unix.rs")]
#[cfg_attr(not(unix), path = "prompt/other.rs")]
mod terminal;

use std::io::{self, ErrorKind, IsTerminal};

use anyhow::{Context, Result, bail};
use vocabulary::Escaped;
use zeroize::Zeroizing;

use crate::refusal::{Refusal, RefusalKind};
use terminal::Terminal;

/// The number of prompts before the program gives up.
const ATTEMPTS: u32 = 3;

/// Asks for a secret that exists already, and names the question in errors.
pub(crate) fn ask(question: &str, otherwise: &str) -> Result<Zeroizing<String>> {
    ask_unnamed(question, otherwise).with_context(|| question.to_owned())
}

/// Asks for a secret that exists already. An empty one is taken for a slip.
///
/// The question is not in the errors, for callers whose own error names it.
pub(crate) fn ask_unnamed(question: &str, otherwise: &str) -> Result<Zeroizing<String>> {
    let mut terminal = open(otherwise)?;
    for attempt in 1..=ATTEMPTS {
        let answer = read(&mut terminal, question)?;
        // No key is encrypted under an empty passphrase by accident; Enter is pressed by accident.
        if !answer.is_empty() {
            return Ok(answer);
        }
        retry(&mut terminal, attempt, "nothing was entered")?;
    }
    bail!(no_answer(format!(
        "nothing was entered, {ATTEMPTS} times; {otherwise}"
    )))
}

/// Asks for a secret that is to be set, twice, until both are the same and not empty.
pub(crate) fn ask_new(question: &str, otherwise: &str) -> Result<Zeroizing<String>> {
    ask_twice(question, otherwise).with_context(|| question.to_owned())
}

fn ask_twice(question: &str, otherwise: &str) -> Result<Zeroizing<String>> {
    let mut terminal = open(otherwise)?;
    for attempt in 1..=ATTEMPTS {
        let first = read(&mut terminal, question)?;
        if first.is_empty() {
            retry(&mut terminal, attempt, "it must not be empty")?;
            continue;
        }
        if first == read(&mut terminal, "The same again")? {
            return Ok(first);
        }
        retry(&mut terminal, attempt, "the two are not the same")?;
    }
    let text = format!("no two entries were the same, in {ATTEMPTS} attempts; nothing was written");
    bail!(no_answer(text))
}

/// Puts the terminal back as it was, if the program ends while a question is open: the thread that
/// asks ends without doing so.
pub fn restore_terminal() {
    terminal::restore();
}

fn open(otherwise: &str) -> Result<Terminal> {
    let stdin = io::stdin();
    // The terminal could be opened all the same. But a script that is fed by a pipe has no one to
    // type, and would never end.
    if !stdin.is_terminal() {
        let why = if terminal::is_null(&stdin) {
            "standard input is closed or /dev/null"
        } else {
            "standard input is redirected"
        };
        let text = format!("there is no terminal to ask on: {why}; {otherwise}");
        bail!(Refusal::new(RefusalKind::NoTerminal, text));
    }
    Terminal::open().with_context(|| format!("cannot open the terminal; {otherwise}"))
}

/// Shows a question and reads what is typed.
fn read(terminal: &mut Terminal, question: &str) -> Result<Zeroizing<String>> {
    let answer = terminal.read_hidden(&format!("{}: ", Escaped::line(question)));
    match answer {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            let text = "cancelled by Ctrl-D, nothing was changed";
            bail!(Refusal::new(RefusalKind::Cancelled, text))
        }
        answer => answer.context("no answer from the terminal"),
    }
}

/// Returns the error of a question that got no answer, however often it was asked.
fn no_answer(text: String) -> Refusal {
    Refusal::new(RefusalKind::NoAnswer, text)
}

fn retry(terminal: &mut Terminal, attempt: u32, problem: &str) -> Result<()> {
    if attempt < ATTEMPTS {
        let said = terminal.say(&format!("{problem}, try again"));
        said.context("cannot write to the terminal")?;
    }
    Ok(())
}
