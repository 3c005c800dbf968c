//! The settings that there are.

/// A setting of a profile, and the environment variable that counts before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) variable: &'static str,
    /// Whether it names a file: in a profile, from the folder of the configuration.
    pub(crate) is_path: bool,
}

const fn setting(name: &'static str, variable: &'static str, is_path: bool) -> Setting {
    Setting {
        name,
        variable,
        is_path,
    }
}

/// All of them, in alphabetical order.
pub(crate) const KNOWN: [Setting; 9] = [
    setting("base_url", "NAPI_BASE_URL", false),
    setting("ca_file", "NAPI_CA_FILE", true),
    setting("certificate", "NAPI_CERTIFICATE", true),
    setting("key", "NAPI_KEY", true),
    setting("passphrase_file", "NAPI_PASSPHRASE_FILE", true),
    setting("password_file", "NAPI_PASSWORD_FILE", true),
    setting("plain_base_url", "NAPI_PLAIN_BASE_URL", false),
    setting("proxy", "NAPI_PROXY", false),
    setting("user", "NAPI_USER", false),
];
