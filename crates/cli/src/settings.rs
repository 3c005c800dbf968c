//! Settings that the command line leaves out: those of the environment, then those of a profile.
//!
//! None is a secret: of those only the place is a setting.

mod config_file;
pub(crate) mod known;
pub(crate) mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::settings::config_file::ConfigFile;
use crate::settings::known::KNOWN;
use crate::settings::value::{SettingSource, SettingValue};

/// The settings in force.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, SettingValue>,
    profile: Option<String>,
    file: Option<PathBuf>,
}

impl Settings {
    /// Reads the settings: of the environment first, and of the profile what is left.
    ///
    /// # Errors
    ///
    /// If a file is named that cannot be read, or a profile that is not there.
    pub(crate) fn load(
        config: Option<&Path>,
        profile: Option<&str>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let default = config_file::default_path(&environment);
        let file = match config {
            Some(path) => Some(ConfigFile::read(path)?),
            None => match default {
                // One that no option names need not be there.
                Some(path) if path.exists() => Some(ConfigFile::read(&path)?),
                _ => None,
            },
        };
        let mut settings = Self::default();
        if let Some(file) = &file {
            settings.file = Some(file.path().to_owned());
            settings.profile = file.chosen(profile)?;
            settings.values = file.values(settings.profile.as_deref());
        } else if let Some(profile) = profile {
            return Err(config_file::no_file_for(profile).into());
        }
        for setting in &KNOWN {
            let value = environment(setting.variable).filter(|value| !value.is_empty());
            if let Some(text) = value {
                let source = SettingSource::Environment(setting.variable);
                let value = SettingValue { text, source };
                settings.values.insert(setting.name, value);
            }
        }
        Ok(settings)
    }

    /// Returns the value of a setting, if there is one.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| &*value.text)
    }

    /// Returns the path that a setting names.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }

    /// Returns the value of a setting and its source.
    pub(crate) fn value(&self, name: &str) -> Option<&SettingValue> {
        self.values.get(name)
    }

    /// Returns the profile in force.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// Returns the file that was read.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const FILE: &str = "profile = \"sandbox\"\n\
        [profiles.sandbox]\nuser = \"acme\"\nkey = \"napi.key\"\nbase_url = \"https://a.example\"\n\
        [profiles.production]\nuser = \"other\"\n";

    fn load(text: &str, profile: Option<&str>) -> Result<Settings> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("config.toml");
        fs::write(&path, text)?;
        let environment = |name: &str| (name == "NAPI_BASE_URL").then(|| "https://b".to_owned());
        Settings::load(Some(&path), profile, environment)
    }

    #[test]
    fn environment_counts_before_the_profile() {
        let settings = load(FILE, None).unwrap();
        assert_eq!(settings.text("base_url"), Some("https://b"));
        assert_eq!(settings.text("user"), Some("acme"));
        assert_eq!(settings.profile(), Some("sandbox"));
        let source = settings.value("user").unwrap().source;
        assert_eq!(source, SettingSource::Profile);
    }

    #[test]
    fn files_are_named_from_the_folder_of_the_config() {
        let settings = load(FILE, None).unwrap();
        let key = settings.path("key").unwrap();
        assert_eq!(key.parent(), settings.file().unwrap().parent());
        let text = FILE.replace("napi.key", "/etc/napi.key");
        let settings = load(&text, None).unwrap();
        assert_eq!(settings.path("key"), Some("/etc/napi.key".into()));
    }

    #[test]
    fn key_in_a_token_is_no_file_of_the_folder() {
        let key = |name: &str| {
            let settings = load(&FILE.replace("napi.key", name), None).unwrap();
            settings.text("key").map(str::to_owned)
        };
        let uri = "pkcs11:token=napi;object=client?module-path=/lib/a.so";
        assert_eq!(key(uri).as_deref(), Some(uri));
        assert_eq!(key("PKCS11:id=%01").as_deref(), Some("PKCS11:id=%01"));
        assert!(key("pkcs11.key").unwrap().ends_with("/pkcs11.key"));
    }

    #[test]
    fn profile_of_the_option_counts_before_that_of_the_file() {
        let settings = load(FILE, Some("production")).unwrap();
        assert_eq!(settings.text("user"), Some("other"));
        assert_eq!(settings.text("key"), None);
    }

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        let refused = |text: &str, profile| format!("{:#}", load(text, profile).unwrap_err());
        let text = refused(FILE, Some("sandbx"));
        assert!(
            text.contains("sandbx") && text.contains("production, sandbox"),
            "{text}"
        );
        let text = refused("[profiles.a]\nbase-url = \"x\"\n", None);
        assert!(
            text.contains("base-url") && text.contains("base_url"),
            "{text}"
        );
        let text = refused("[profile.a]\nuser = \"x\"\n", None);
        assert!(text.contains("profile"), "{text}");
        let text = refused("[profiles.a]\nuser = 7\n", None);
        assert!(text.contains("user") && text.contains("text"), "{text}");
    }

    #[test]
    fn secrets_in_the_file_are_refused_and_not_repeated() {
        for text in [
            "[profiles.a]\npassword = \"hunter2\"\n",
            "[profiles.a]\npassphrase = \"hunter2\"\n",
            "[profiles.a]\nproxy = \"http://acme:hunter2@proxy.example\"\n",
            "[profiles.a]\npassword = hunter2\n",
        ] {
            let text = format!("{:#}", load(text, Some("a")).unwrap_err());
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
