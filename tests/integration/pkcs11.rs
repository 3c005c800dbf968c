//! Keys in tokens of SoftHSM 2 against the mock; `crates/pkcs11/tests` has them alone.

mod connections;
mod requests;
#[path = "../../crates/pkcs11/tests/softhsm/soft_hsm.rs"]
#[allow(dead_code, reason = "some of it serves the tests of the crate alone")]
pub(crate) mod soft_hsm;
