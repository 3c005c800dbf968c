//! The file of profiles, in TOML.
//!
//! An error never repeats a line of it: someone may have put a password there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml::de::{DeTable, DeValue};

use crate::refusal::Refusal;
use crate::settings::known::{KNOWN, Setting};
use crate::settings::value::{SettingSource, SettingValue};
use crate::token_uri::is_token;

/// Longer than anyone writes by hand.
const LONGEST: u64 = 1 << 20;

/// The profiles of a file, of which each setting is known and a text.
#[derive(Debug)]
pub(super) struct ConfigFile {
    path: PathBuf,
    default: Option<String>,
    profiles: BTreeMap<String, BTreeMap<&'static str, String>>,
}

impl ConfigFile {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let length = fs::metadata(path).with_context(|| format!("cannot read {shown}"))?;
        if length.len() > LONGEST {
            let text = format!("{shown} has more than {LONGEST} bytes: is it the right file?");
            return Err(Refusal::file(text).into());
        }
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        Self::parse(path, &text)
            .map_err(|problem| Refusal::file(format!("{shown}: {problem}")).into())
    }

    fn parse(path: &Path, text: &str) -> Result<Self, String> {
        let document = DeTable::parse(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(start).filter(|it| *it == b'\n').count() + 1;
            format!("line {line} is not TOML")
        })?;
        let mut file = Self {
            path: path.to_owned(),
            default: None,
            profiles: BTreeMap::new(),
        };
        for (name, value) in document.get_ref() {
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("profile", DeValue::String(text)) => file.default = Some(text.to_string()),
                ("profiles", DeValue::Table(profiles)) => file.add(profiles)?,
                (name, _) => {
                    return Err(format!(
                        "`{name}` is not known here: write `profile = \"NAME\"` and tables \
                         `[profiles.NAME]`"
                    ));
                }
            }
        }
        Ok(file)
    }

    fn add(&mut self, profiles: &DeTable<'_>) -> Result<(), String> {
        let folder = self
            .path
            .parent()
            .unwrap_or_else(|| Path::new(""))
            .to_owned();
        for (name, profile) in profiles {
            let name = name.get_ref();
            let DeValue::Table(profile) = profile.get_ref() else {
                return Err(format!("`profiles.{name}` is no table"));
            };
            let mut values = BTreeMap::new();
            for (key, value) in profile {
                let (setting, text) = read(key.get_ref(), value.get_ref())?;
                // Standard input and a key in a token are no files of this folder.
                let is_file = text != "-" && !is_token(Path::new(&text));
                let text = match setting.is_path && is_file {
                    true => folder.join(text).to_string_lossy().into_owned(),
                    false => text,
                };
                values.insert(setting.name, text);
            }
            self.profiles.insert(name.to_string(), values);
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the profile in force: the one named, or that of the file.
    pub(super) fn chosen(&self, named: Option<&str>) -> Result<Option<String>, Refusal> {
        let Some(name) = named.or(self.default.as_deref()) else {
            return Ok(None);
        };
        if self.profiles.contains_key(name) {
            return Ok(Some(name.to_owned()));
        }
        let known: Vec<_> = self.profiles.keys().map(String::as_str).collect();
        Err(Refusal::command_line(format!(
            "there is no profile `{name}` in {}; it has: {}",
            self.path.display(),
            known.join(", ")
        )))
    }

    pub(super) fn values(&self, profile: Option<&str>) -> BTreeMap<&'static str, SettingValue> {
        let profile = profile.and_then(|name| self.profiles.get(name));
        let values = profile.into_iter().flatten().map(|(name, text)| {
            let value = SettingValue {
                text: text.clone(),
                source: SettingSource::Profile,
            };
            (*name, value)
        });
        values.collect()
    }
}

/// Returns the setting of a member and its value.
fn read(key: &str, value: &DeValue<'_>) -> Result<(&'static Setting, String), String> {
    if key == "password" || key == "passphrase" {
        return Err(format!(
            "a {key} does not belong here: put it into a file of its own and name that as `{key}_file`"
        ));
    }
    let Some(setting) = KNOWN.iter().find(|setting| setting.name == key) else {
        let known: Vec<_> = KNOWN.iter().map(|setting| setting.name).collect();
        return Err(format!(
            "`{key}` is no setting; there are: {}",
            known.join(", ")
        ));
    };
    match value {
        DeValue::String(text) if key == "proxy" && text.contains('@') => Err(
            "the proxy has a user name and password in it: put the whole URL into the environment \
             variable HTTPS_PROXY"
                .to_owned(),
        ),
        DeValue::String(text) => Ok((setting, text.to_string())),
        _ => Err(format!("`{key}` must be a text in quotation marks")),
    }
}

/// Returns the file that is read if no option names one.
pub(super) fn default_path(environment: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let folder = |name: &str| {
        environment(name)
            .filter(|it| !it.is_empty())
            .map(PathBuf::from)
    };
    let folder = match cfg!(windows) {
        true => folder("APPDATA"),
        false => folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config"))),
    };
    folder.map(|folder| folder.join("napi-mtls").join("config.toml"))
}

/// Returns the error of a profile without a file.
pub(super) fn no_file_for(profile: &str) -> Refusal {
    Refusal::command_line(format!(
        "there is no file with a profile `{profile}`: name it with --config, or write \
         ~/.config/napi-mtls/config.toml"
    ))
}
