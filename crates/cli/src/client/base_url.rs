//! The URL of NAPI.

use anyhow::{Context, Result};
use napi::BaseUrl;

use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::settings::value::SettingSource;

/// Returns the URL of the command line, of the settings, or the published one.
pub(crate) fn of(given: Option<&BaseUrl>, plain: bool, settings: &Settings) -> Result<BaseUrl> {
    if let Some(base_url) = given {
        return Ok(base_url.clone());
    }
    let (name, published) = match plain {
        false => ("base_url", BaseUrl::MTLS),
        true => ("plain_base_url", BaseUrl::PLAIN),
    };
    let Some(value) = settings.value(name) else {
        return Ok(published);
    };
    let place = match value.source {
        SettingSource::Environment(variable) => format!("the environment variable {variable}"),
        SettingSource::Profile => format!("`{name}` of the profile"),
    };
    let text = format!("{place} is not a URL of NAPI");
    let url = value.text.parse::<BaseUrl>();
    url.context(Refusal::command_line(text))
}
