//! The versions of the API.

use axum::Extension;

/// The version of the API that a route is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Three,
}

/// Marks requests with the version that a group of routes is of.
pub(crate) fn of(version: Version) -> Extension<Version> {
    Extension(version)
}
