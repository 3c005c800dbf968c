//! The value of a setting, and where it comes from.

/// The value of a setting.
#[derive(Debug)]
pub(crate) struct SettingValue {
    pub(crate) text: String,
    pub(crate) source: SettingSource,
}

/// The place that a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SettingSource {
    /// The variable of this name.
    Environment(&'static str),
    /// The profile in force.
    Profile,
}
