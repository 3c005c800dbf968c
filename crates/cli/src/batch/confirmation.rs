//! A question that is answered by yes or no.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, Result};

use crate::refusal::{Refusal, RefusalKind};

/// Asks on the terminal; whatever is neither `y` nor `yes` is a no.
pub(crate) fn confirm(question: &str) -> Result<bool> {
    // A script has no one to answer, and would wait without end.
    if !io::stdin().is_terminal() {
        let text = "there is no terminal to ask on, and this may cost: use --yes";
        return Err(Refusal::new(RefusalKind::NoTerminal, text).into());
    }
    let mut terminal = io::stderr();
    let asked = write!(terminal, "{question}").and_then(|()| terminal.flush());
    asked.context("cannot write to the terminal")?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.context("no answer from the terminal")?;
    Ok(is_yes(&line))
}

fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        for line in ["y\n", "YES\r\n", " y "] {
            assert!(is_yes(line), "{line:?}");
        }
        for line in ["", "\n", "n\n", "yy\n", "yes please\n"] {
            assert!(!is_yes(line), "{line:?}");
        }
    }
}
