//! The versions of NAPI, as types.

/// A version of NAPI: a client, its credentials and its operations have one in common.
///
/// So that what a version lacks does not compile:
///
/// ```compile_fail,E0271
/// # async fn run<S: napi::HttpService>(client: napi::v3::Client<S>) {
/// // Version 3 has no types of documents.
/// let types = client.send(&napi::configuration::DocumentTypes::all()).await;
/// # }
/// ```
///
/// ```compile_fail,E0271
/// # async fn run<S: napi::HttpService>(client: napi::Client<S>) {
/// let packages = client.send(&napi::v3::Packages).await;
/// # }
/// ```
pub trait Version: sealed::Sealed + Send + Sync + 'static {}

/// Version 1: user and password, a configuration.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Version1 {}

/// Version 3: a token, a package.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Version3 {}

impl Version for Version1 {}
impl Version for Version3 {}

mod sealed {
    /// Keeps implementations of [`Version`](super::Version) inside this crate.
    #[expect(unnameable_types, reason = "a sealed trait must not be nameable")]
    pub trait Sealed {}

    impl Sealed for super::Version1 {}
    impl Sealed for super::Version3 {}
}
