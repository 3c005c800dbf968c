//! `GET /configuration/v1/fields/{configuration}/{country}` and its twin of recommended fields.

use bytes::Bytes;
use http::{Request, Response};

use crate::{
    Authentication, ConfigurationName, CountryCode, Endpoint, Error, RequestBody,
    configuration::FieldSchema, endpoint::sealed::Sealed, request, response,
};

/// The fields that data sources of a country take.
#[derive(Clone, Debug)]
pub struct Fields {
    configuration: ConfigurationName,
    country: CountryCode,
}

impl Fields {
    /// Of one country, under the default configuration.
    #[must_use]
    pub fn new(country: CountryCode) -> Self {
        Self {
            configuration: ConfigurationName::default(),
            country,
        }
    }

    /// Under another configuration.
    #[must_use]
    pub fn configuration(self, configuration: ConfigurationName) -> Self {
        Self {
            configuration,
            ..self
        }
    }
}

impl Sealed for Fields {}

impl Endpoint for Fields {
    type Response = FieldSchema;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let configuration = self.configuration.segment()?;
        let country = self.country.segment()?;
        request::get(format!(
            "/configuration/v1/fields/{configuration}/{country}"
        ))
    }

    fn response(&self, response: Response<Bytes>) -> Result<FieldSchema, Error> {
        response::object(&response).map(|(members, unread)| FieldSchema::from_json(members, unread))
    }
}

/// The fields that the service recommends for a country.
#[derive(Clone, Debug)]
pub struct RecommendedFields {
    configuration: ConfigurationName,
    country: CountryCode,
}

impl RecommendedFields {
    /// Of one country, under the default configuration.
    #[must_use]
    pub fn new(country: CountryCode) -> Self {
        Self {
            configuration: ConfigurationName::default(),
            country,
        }
    }

    /// Under another configuration.
    #[must_use]
    pub fn configuration(self, configuration: ConfigurationName) -> Self {
        Self {
            configuration,
            ..self
        }
    }
}

impl Sealed for RecommendedFields {}

impl Endpoint for RecommendedFields {
    type Response = FieldSchema;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let configuration = self.configuration.segment()?;
        let country = self.country.segment()?;
        request::get(format!(
            "/configuration/v1/recommendedfields/{configuration}/{country}"
        ))
    }

    fn response(&self, response: Response<Bytes>) -> Result<FieldSchema, Error> {
        response::object(&response).map(|(members, unread)| FieldSchema::from_json(members, unread))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnreadCause;

    fn read(body: &'static str) -> Result<FieldSchema, Error> {
        Fields::new("CA".parse().unwrap()).response(Response::new(body.into()))
    }

    #[test]
    fn schema_is_not_lost_for_a_detail() {
        for (body, path, cause) in [
            (
                r#"{"properties":{"PersonInfo":{"title":"P\ud83d","required":["FirstGivenName"],"properties":{"FirstGivenName":{}}}}}"#,
                "properties.PersonInfo.title",
                UnreadCause::Damaged,
            ),
            (
                r#"{"properties":{"PersonInfo":{"required":["FirstGivenName"],"properties":{"FirstGivenName":{}},"maxLength":NaN}}}"#,
                "properties.PersonInfo.maxLength",
                UnreadCause::Form,
            ),
            (
                r#"{"title":"a","title":"b","properties":{"PersonInfo":{"required":"FirstGivenName","properties":{"FirstGivenName":{}}}}}"#,
                "title",
                UnreadCause::Contradiction,
            ),
        ] {
            let schema = read(body).unwrap();
            assert_eq!(schema.required(), ["PersonInfo.FirstGivenName"], "{body}");
            let [unread] = schema.unread() else {
                panic!("{body}: {:?}", schema.unread());
            };
            assert_eq!((&*unread.path(), unread.cause()), (path, cause), "{body}");
        }
    }

    #[test]
    fn schema_is_an_object_or_a_list_of_one() {
        let schema = read(r#"[{"properties":{}}]"#).unwrap();
        assert!(schema.as_json().contains_key("properties"));
        assert!(schema.unread().is_empty());
        for body in [
            "[]",
            "[{},{}]",
            "[[{}]]",
            "null",
            "\"a\"",
            "{\"properties\":",
        ] {
            assert!(matches!(read(body), Err(Error::Decode { .. })), "{body}");
        }
    }
}
