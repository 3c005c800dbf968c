//! The end of the program: the text for each stream, and the exit code.

use serde_json::{Map, Value, json};
use vocabulary::Escaped;

use crate::diagnose::diagnosis;
use crate::exit::Exit;
use crate::format::Format;
use crate::output::{Failure, Output};

/// The end of a command: what goes to either stream, without a line break at the end, and the exit
/// code.
///
/// Nothing in the texts steers a terminal, and what others wrote begins no line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// For standard output, as it came from elsewhere and before `out`.
    pub raw: Vec<u8>,
    /// For standard output.
    pub out: String,
    /// For standard output that is a terminal with colours, in place of `out`.
    pub coloured: Option<String>,
    /// For standard error: lines, or one JSON object.
    pub err: String,
    /// The exit code.
    pub exit: Exit,
}

impl Rendered {
    /// Renders the result of a command.
    #[must_use]
    pub fn of(result: &anyhow::Result<Output>, format: Format) -> Self {
        match (result, format) {
            (Ok(output), Format::Json) => {
                let failed = output.failure().map(|(it, message)| it.data(message));
                let raw = match output.data() {
                    // There is no other form of it, such as of an image.
                    Value::Null => output.raw.clone(),
                    _ => Vec::new(),
                };
                Self {
                    raw,
                    out: pretty(output.data()),
                    err: object(failed, &output.warnings, &output.problems),
                    exit: output.exit,
                    ..Self::default()
                }
            }
            (Ok(output), _) => {
                let message = output.failure().map(|(_, message)| &**message);
                Self {
                    raw: output.raw.clone(),
                    out: Escaped::lines(&output.text).to_string(),
                    coloured: output.coloured().map(str::to_owned),
                    err: lines(&output.warnings, &output.problems, message),
                    exit: output.exit,
                }
            }
            (Err(error), format) => Self::of_error(error, format),
        }
    }

    /// Returns `raw` as text for a terminal, which would obey the control characters in it.
    #[must_use]
    pub fn raw_for_terminal(&self) -> String {
        Escaped::lines(&String::from_utf8_lossy(&self.raw)).to_string()
    }

    /// Renders a command line that cannot be read; clap's text ends with the usage.
    #[must_use]
    pub fn of_usage(text: &str, format: Format) -> Self {
        let message = text.trim_end();
        let err = match format {
            Format::Json => {
                let message = message.split("\n\n").next().unwrap_or_default();
                let message = message.strip_prefix("error: ").unwrap_or(message);
                object(Some(usage(message)), &[], &[])
            }
            _ => message.to_owned(),
        };
        Self {
            err,
            exit: Exit::Usage,
            ..Self::default()
        }
    }

    fn of_error(error: &anyhow::Error, format: Format) -> Self {
        let diagnosis = diagnosis(error);
        let failure = error.downcast_ref::<Failure>();
        let warnings = failure.map_or(&[][..], Failure::warnings);
        let message = format!("{error:#}");
        let err = match format {
            Format::Json => object(Some(diagnosis.data(&message)), warnings, &[]),
            _ => lines(warnings, &[], Some(&message)),
        };
        Self {
            err,
            exit: diagnosis.exit,
            ..Self::default()
        }
    }
}

/// Returns the error of a command line as data.
fn usage(message: &str) -> Value {
    json!({
        "kind": "command_line",
        "side": "client",
        "message": message,
        "remedy": "see --help",
        "exit_code": Exit::Usage.code(),
    })
}

/// Returns each remark on a line of its own, so that a file name with a line break cannot pose as
/// another one.
fn lines(warnings: &[String], problems: &[String], failure: Option<&str>) -> String {
    let warnings = warnings.iter().map(|it| format!("warning: {it}"));
    let problems = problems.iter().map(|it| format!("problem: {it}"));
    let failure = failure.into_iter().map(|it| format!("napi-mtls: {it}"));
    let remarks = warnings.chain(problems).chain(failure);
    let remarks: Vec<_> = remarks.map(|it| Escaped::line(&it).to_string()).collect();
    remarks.join("\n")
}

/// Returns one object for standard error, or nothing where there is nothing to say.
fn object(error: Option<Value>, warnings: &[String], problems: &[String]) -> String {
    let mut members = Map::new();
    members.extend(error.map(|error| ("error".to_owned(), error)));
    for (name, remarks) in [("warnings", warnings), ("problems", problems)] {
        if !remarks.is_empty() {
            members.insert(name.to_owned(), json!(remarks));
        }
    }
    match members.is_empty() {
        true => String::new(),
        false => Escaped::line(&Value::Object(members).to_string()).to_string(),
    }
}

/// Returns the data on several lines; nothing where there is none.
fn pretty(data: &Value) -> String {
    match data {
        Value::Null => String::new(),
        data => Escaped::lines(&format!("{data:#}")).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output() -> anyhow::Result<Output> {
        let output = Output::new("a\u{202e}".to_owned(), json!({"a": "\u{202e}\n"}), ["x\ny"]);
        Ok(output.problems(["z\nproblem: no"]))
    }

    #[test]
    fn line_ends_of_others_begin_no_line() {
        let shown = Rendered::of(&output(), Format::Human);
        let err = "warning: x\\u000ay\nproblem: z\\u000aproblem: no";
        assert_eq!((&*shown.out, &*shown.err), ("a\\u202e", err));
        assert_eq!(shown.exit, Exit::Findings);
    }

    #[test]
    fn body_is_escaped_for_a_terminal_alone() {
        let mut output = Output::default();
        output.raw = b"{\"a\":\n\"\x1b[2J\xff\"}".to_vec();
        let shown = Rendered::of(&Ok(output.clone()), Format::Human);
        assert_eq!(shown.raw, output.raw);
        assert_eq!(shown.raw_for_terminal(), "{\"a\":\n\"\\u001b[2J\u{fffd}\"}");
    }

    #[test]
    fn json_is_one_object_on_each_stream() {
        let shown = Rendered::of(&output(), Format::Json);
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(read(&shown.out), json!({"a": "\u{202e}\n"}));
        assert!(!shown.out.contains('\u{202e}'));
        let remarks = json!({"warnings": ["x\ny"], "problems": ["z\nproblem: no"]});
        assert_eq!(read(&shown.err), remarks);
        assert!(!shown.err.contains('\n'));
        assert_eq!(
            Rendered::of(&Ok(Output::default()), Format::Json),
            Rendered::default()
        );
    }

    #[test]
    fn error_is_an_object_with_side_and_remedy() {
        let refused = csr::Error::FileName;
        let shown = Rendered::of(&Err(refused.into()), Format::Json);
        let error = &serde_json::from_str::<Value>(&shown.err).unwrap()["error"];
        assert_eq!(
            (&error["kind"], &error["side"]),
            (&json!("file_name"), &json!("client"))
        );
        assert_eq!(error["exit_code"], shown.exit.code());
        assert!(error["remedy"].is_string() && error["message"].is_string());
    }
}
