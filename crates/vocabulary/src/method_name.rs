//! Names of the methods of HTTP, as telemetry has them.

/// The name of a method that is not known (`http.request.method` of OpenTelemetry).
pub const OTHER_METHOD: &str = "_OTHER";

/// Returns a known method of HTTP, or [`OTHER_METHOD`]: another is text of the caller's, which may
/// be anything.
///
/// ```
/// assert_eq!(vocabulary::method_name("PATCH"), "PATCH");
/// assert_eq!(vocabulary::method_name("jane.doe"), vocabulary::OTHER_METHOD);
/// ```
#[must_use]
pub fn method_name(method: &str) -> &'static str {
    match method {
        "CONNECT" => "CONNECT",
        "DELETE" => "DELETE",
        "GET" => "GET",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        "POST" => "POST",
        "PUT" => "PUT",
        "TRACE" => "TRACE",
        _ => OTHER_METHOD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_that_is_not_known_has_no_name() {
        assert_eq!(method_name("PATCH"), "PATCH");
        for unknown in ["get", "PURGE", ""] {
            assert_eq!(method_name(unknown), "_OTHER");
        }
    }
}
