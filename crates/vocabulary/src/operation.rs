//! The operation of an API that a request is for, as telemetry names it.

/// An operation of an API: its name, and the template of its path.
///
/// A request carries it in its extensions, where layers read what the request is for without
/// reading its path. Both are constants of the program, so no argument of a call and no personal
/// datum gets into them, and a metric has no more values of them than the API has operations.
///
/// ```
/// use vocabulary::Operation;
///
/// const STATUS: Operation = Operation::new("GetStatus", "/v1/transaction/{id}/status");
///
/// let mut extensions = std::collections::HashMap::new(); // stands for those of a request
/// extensions.insert("operation", STATUS);
/// assert_eq!(extensions["operation"].url_template(), "/v1/transaction/{id}/status");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    name: &'static str,
    url_template: &'static str,
}

impl Operation {
    /// Names an operation.
    ///
    /// The template is the path with a name in braces for each argument (`url.template` of
    /// OpenTelemetry), without query.
    #[must_use]
    pub const fn new(name: &'static str, url_template: &'static str) -> Self {
        Self { name, url_template }
    }

    /// Returns the name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the template of the path.
    #[must_use]
    pub const fn url_template(&self) -> &'static str {
        self.url_template
    }
}
