//! Lines for whoever keeps the gateway running, on standard error.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a line. A service manager adds the time.
pub(super) fn report(line: impl Display) {
    // Without standard error there is no one to tell.
    let _ = writeln!(io::stderr(), "napi-mtls gateway: {line}");
}
