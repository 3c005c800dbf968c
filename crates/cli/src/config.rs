//! `napi-mtls config`: the settings in force, and where each comes from.

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::settings::Settings;
use crate::settings::known::KNOWN;
use crate::settings::value::SettingSource;
use crate::styled_text::{PLAIN, StyledText};
use crate::table::Table;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls config show")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Shows each setting with its source; no secret is one, only the place of it
    #[command(after_help = "\
Examples:
  napi-mtls config show
  napi-mtls config show --profile sandbox --output json")]
    Show,
}

pub(crate) fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let Command::Show = arguments.command;
    let settings = global.settings()?;
    let file = settings
        .file()
        .map(|path| path.to_string_lossy().into_owned());
    let mut text = StyledText::default();
    for (name, value) in [("file", file.as_deref()), ("profile", settings.profile())] {
        text.line(PLAIN, &format!("{name:<8} {}", value.unwrap_or("none")));
    }
    text.line(PLAIN, "");
    let mut table = Table::new(["setting", "value", "from"]);
    for (name, value, source) in rows(&settings) {
        table.row([name.to_owned(), value.unwrap_or_default(), source]);
    }
    table.write(&mut text);
    let members = rows(&settings).map(|(name, value, source)| {
        let value = json!({"value": value, "source": source});
        (name.to_owned(), value)
    });
    let data = json!({
        "file": file,
        "profile": settings.profile(),
        "settings": Value::Object(members.collect::<Map<_, _>>()),
    });
    Ok(Output::styled(&text, data, None::<String>))
}

/// Returns each setting with its value and its source. A URL may hold a password, and is shown
/// without it.
fn rows(settings: &Settings) -> impl Iterator<Item = (&'static str, Option<String>, String)> {
    KNOWN.iter().map(|setting| {
        let value = settings.value(setting.name);
        let source = match value.map(|value| value.source) {
            Some(SettingSource::Environment(variable)) => variable.to_owned(),
            Some(SettingSource::Profile) => "profile".to_owned(),
            None => String::new(),
        };
        let text = value.map(|value| without_user_info(&value.text));
        (setting.name, text, source)
    })
}

fn without_user_info(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://...@{rest}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_in_a_url_is_not_shown() {
        let shown = without_user_info("http://acme:hunter2@proxy.example:3128");
        assert_eq!(shown, "http://...@proxy.example:3128");
        for text in ["http://proxy.example:3128", "/etc/napi/a@b.pem"] {
            assert_eq!(without_user_info(text), text);
        }
    }
}
