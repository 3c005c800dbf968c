//! `GET /configuration/v1/fields/{configuration}/{country}` and its twin of recommended fields.

use bytes::Bytes;
use http::Response;

use crate::configuration::FieldSchema;
use crate::configuration::by_country::by_country;
use crate::error::Error;
use crate::response;

by_country! {
    /// The fields that data sources of a country take.
    pub struct Fields = "fields" -> FieldSchema: read;

    /// The fields that the service recommends for a country.
    pub struct RecommendedFields = "recommendedfields" -> FieldSchema: read;
}

fn read(response: &Response<Bytes>) -> Result<FieldSchema, Error> {
    let (members, unread) = response::object(response)?;
    Ok(FieldSchema::from_json(members, unread))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Endpoint;
    use crate::wire::UnreadCause;

    fn decoded(body: &'static str) -> Result<FieldSchema, Error> {
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
            let schema = decoded(body).unwrap();
            assert_eq!(schema.required(), ["PersonInfo.FirstGivenName"], "{body}");
            let [unread] = schema.unread() else {
                panic!("{body}: {:?}", schema.unread());
            };
            assert_eq!((&*unread.path(), unread.cause()), (path, cause), "{body}");
        }
    }

    #[test]
    fn schema_is_an_object_or_a_list_of_one() {
        let schema = decoded(r#"[{"properties":{}}]"#).unwrap();
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
            assert!(matches!(decoded(body), Err(Error::Decode { .. })), "{body}");
        }
    }
}
