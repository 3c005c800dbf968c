//! `GET /configuration/v1/testentities/{configuration}/{country}`.

use crate::configuration::by_country::by_country;
use crate::response;
use crate::verifications::TestEntity;

by_country! {
    /// The people and companies that a sandbox account matches; the result is `nomatch` for all
    /// others.
    pub struct TestEntities = "testentities" -> Vec<TestEntity>: response::models;
}
