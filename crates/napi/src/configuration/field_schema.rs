//! The fields that a country takes, as the service describes them, and what a request makes of
//! them.

mod check;
mod group;
pub(crate) mod inputs;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::country_code::CountryCode;
use crate::error::Error;
use crate::field_problem::{FieldProblem, FieldProblemKind};
use crate::wire::UnreadValue;

use group::Group;
use inputs::Inputs;

/// The fields that data sources of a country take.
///
/// It looks like a JSON Schema and is none: required names may be missing from it, come twice or
/// stand in the wrong place. So it is kept as JSON, and what cannot be understood in it is not held
/// against a request.
///
/// # Examples
///
/// ```
/// # use napi::{configuration::FieldSchema, verifications::{PersonInfo, VerifyRequest}};
/// # let fields: FieldSchema = serde_json::from_str(include_str!("../../tests/samples/fields-AU-response.json")).unwrap();
/// // let fields = client.fields(&country).await?;
/// let request = VerifyRequest::new("AU".parse()?, PersonInfo::named("John", "Smith").born(1983, 13, 5));
/// for problem in fields.problems(&request) {
///     println!("{problem}"); // PersonInfo.MonthOfBirth is not what the service takes
/// }
/// assert!(fields.check(&request).is_err());
/// # Ok::<(), napi::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldSchema {
    members: Map<String, Value>,
    #[serde(skip)]
    unread: Vec<UnreadValue>,
}

impl FieldSchema {
    /// Wraps a description that was read.
    pub(super) fn from_json(members: Map<String, Value>, unread: Vec<UnreadValue>) -> Self {
        Self { members, unread }
    }

    /// Returns the description as the service writes it.
    #[must_use]
    pub fn as_json(&self) -> &Map<String, Value> {
        &self.members
    }

    /// Returns what could not be read in the description, or not for certain; empty for almost
    /// every one.
    ///
    /// What has no meaning, such as `NaN`, is `null` in [`as_json`](Self::as_json); of a member
    /// that comes twice with different values, the first is there.
    #[must_use]
    pub fn unread(&self) -> &[UnreadValue] {
        &self.unread
    }

    /// Returns the paths of all required fields of all groups, in the order of their names.
    ///
    /// Each source requires some of them; no request has to have them all.
    #[must_use]
    pub fn required(&self) -> Vec<String> {
        let mut required = Vec::new();
        Group::new(&self.members).required_paths("", &mut required);
        required
    }

    /// Returns everything about a request that does not fit, by path.
    ///
    /// A group that the request leaves out is not missed: the sources that need it will say so with
    /// error 1001.
    #[must_use]
    pub fn problems(&self, request: &impl Inputs) -> Vec<FieldProblem> {
        check::problems(&Group::new(&self.members), request)
    }

    /// Refuses a request with something missing or malformed, before it is sent and billed.
    ///
    /// # Errors
    ///
    /// [`Error::Fields`] with every problem but those that are merely
    /// [unlisted](FieldProblemKind::Unlisted).
    pub fn check(&self, request: &impl Inputs) -> Result<(), Error> {
        let mut problems = self.problems(request);
        // The description leaves out fields that the service takes all the same.
        problems.retain(|problem| problem.kind != FieldProblemKind::Unlisted);
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::Fields { problems })
    }

    /// Returns the names of the fields that one country has for itself.
    #[must_use]
    pub fn country_fields(&self, country: &CountryCode) -> Vec<&str> {
        let group = Group::new(&self.members)
            .child("CountrySpecific")
            .and_then(|countries| countries.child(country.as_str()));
        group.map_or_else(Vec::new, |group| group.names().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_paths_are_found_in_every_place() {
        let body = include_bytes!("../../tests/samples/fields-CN-nested-response.json");
        let schema: FieldSchema = serde_json::from_slice(body).unwrap();
        let expected = [
            "Business.BusinessName",
            "Business.BusinessRegistrationNumber",
            "Communication.EmailAddress",
            "CountrySpecific.CN.PassportMRZLine1",
            "CountrySpecific.CN.PassportMRZLine2",
            "NationalIds.ProvinceOfIssue",
            "Passport.Mrz1",
            "Passport.Mrz2",
            "PersonInfo.AdditionalFields.FullName",
            "PersonInfo.FirstGivenName",
            "PersonInfo.FirstSurName",
            "PersonInfo.ISOLatin1Name",
        ];
        assert_eq!(schema.required(), expected);
        let china: CountryCode = "CN".parse().unwrap();
        assert_eq!(schema.country_fields(&china).len(), 6);
        assert!(schema.country_fields(&"AU".parse().unwrap()).is_empty());
    }

    #[test]
    fn a_description_that_is_no_object_is_none() {
        assert!(serde_json::from_str::<FieldSchema>("[]").is_err());
        assert!(serde_json::from_str::<FieldSchema>("null").is_err());
    }
}
