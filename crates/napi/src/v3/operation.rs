//! Operations of version 1 that version 3 has under another path.

use bytes::Bytes;
use http::{Request, Response};
use vocabulary::Operation;

use crate::argument::ArgumentProblem;
use crate::authentication::Authentication;
use crate::configuration::{
    AllDatasources, BusinessRegistrationNumbers, Consents, CountryCodes, CountryJoi,
    CountrySubdivisions, Datasources, DetailedConsents, Fields, RecommendedFields, TestEntities,
};
use crate::connection::{SayHello, TestAuthentication};
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::request_body::RequestBody;
use crate::verifications::{
    DocumentDownload, GetPartialResult, GetTransactionRecord, GetTransactionRecordDocument,
    GetTransactionStatus,
};
use crate::version::Version1;

/// An operation of version 1 as version 3 has it: the same response, another path, a token in place
/// of the password.
///
/// Of a record, version 3 has the plain one alone. Where version 1 names a
/// [configuration](crate::ConfigurationName), version 3 names the package.
#[derive(Clone, Debug)]
pub struct V3<E>(pub(super) E);

impl<E: InV3> V3<E> {
    /// Makes the operation as version 3 has it.
    #[must_use]
    pub fn new(operation: E) -> Self {
        Self(operation)
    }
}

/// Operations that both versions have.
pub trait InV3: Endpoint<Version = Version1> {}

/// The operations that the SDKs of version 3 have.
macro_rules! in_v3 {
    ($($operation:ty),+ $(,)?) => {
        $(impl InV3 for $operation {})+
    };
}

in_v3![
    AllDatasources,
    BusinessRegistrationNumbers,
    Consents,
    CountryCodes,
    CountryJoi,
    CountrySubdivisions,
    Datasources,
    DetailedConsents,
    DocumentDownload,
    Fields,
    GetPartialResult,
    GetTransactionRecord,
    GetTransactionRecordDocument,
    GetTransactionStatus,
    RecommendedFields,
    SayHello,
    TestAuthentication,
    TestEntities,
];

impl<E> Sealed for V3<E> {}

impl<E: InV3> Endpoint for V3<E> {
    type Response = E::Response;
    type Version = crate::Version3;
    const AUTHENTICATION: Authentication = Authentication::Bearer;
    const IDEMPOTENT: bool = E::IDEMPOTENT;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let mut request = self.0.request()?;
        let path = moved(request.uri().path());
        let characters = path.len();
        *request.uri_mut() = path.parse().map_err(|_| Error::Argument {
            argument: "the path",
            problem: ArgumentProblem::TooLong {
                characters,
                most: usize::from(u16::MAX) - 1,
            },
        })?;
        if let Some(operation) = request.extensions_mut().get_mut::<Operation>() {
            *operation = Operation::new(operation.name(), template(operation.url_template()));
        }
        Ok(request)
    }

    fn response(&self, response: Response<Bytes>) -> Result<E::Response, Error> {
        self.0.response(response)
    }
}

/// Returns the path of version 3: `/group/v1/rest` is `/v3/group/rest`, but for what is about
/// companies or detail.
fn moved(path: &str) -> String {
    let mut parts = path.trim_start_matches('/').splitn(3, '/');
    // Group, version, rest: all paths of version 1 have three parts at least.
    let (Some(group), Some(_), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return path.to_owned();
    };
    let (word, arguments) = rest.split_once('/').unwrap_or((rest, ""));
    // By the SDKs of version 3; no rule covers these.
    match word {
        "countryJOI" | "businessregistrationnumbers" => format!("/v3/business/{rest}"),
        "recommendedfields" => format!("/v3/{group}/fields/{arguments}/recommended"),
        "detailedConsents" => format!("/v3/{group}/consents/{arguments}/detail"),
        _ => format!("/v3/{group}/{rest}"),
    }
}

/// Returns the template of version 3 for one of version 1: what [`moved`] returns, as a constant.
fn template(of_version_1: &'static str) -> &'static str {
    match of_version_1 {
        "/configuration/v1/alldatasources/{configuration}" => {
            "/v3/configuration/alldatasources/{configuration}"
        }
        "/configuration/v1/businessregistrationnumbers" => {
            "/v3/business/businessregistrationnumbers"
        }
        "/configuration/v1/businessregistrationnumbers/{country}" => {
            "/v3/business/businessregistrationnumbers/{country}"
        }
        "/configuration/v1/businessregistrationnumbers/{country}/{jurisdiction}" => {
            "/v3/business/businessregistrationnumbers/{country}/{jurisdiction}"
        }
        "/configuration/v1/consents/{configuration}/{country}" => {
            "/v3/configuration/consents/{configuration}/{country}"
        }
        "/configuration/v1/countrycodes/{configuration}" => {
            "/v3/configuration/countrycodes/{configuration}"
        }
        "/configuration/v1/countryJOI" => "/v3/business/countryJOI",
        "/configuration/v1/countryJOI/{country}" => "/v3/business/countryJOI/{country}",
        "/configuration/v1/countrysubdivisions/{country}" => {
            "/v3/configuration/countrysubdivisions/{country}"
        }
        "/configuration/v1/datasources/{configuration}/{country}" => {
            "/v3/configuration/datasources/{configuration}/{country}"
        }
        "/configuration/v1/detailedConsents/{configuration}/{country}" => {
            "/v3/configuration/consents/{configuration}/{country}/detail"
        }
        "/configuration/v1/fields/{configuration}/{country}" => {
            "/v3/configuration/fields/{configuration}/{country}"
        }
        "/configuration/v1/recommendedfields/{configuration}/{country}" => {
            "/v3/configuration/fields/{configuration}/{country}/recommended"
        }
        "/configuration/v1/testentities/{configuration}/{country}" => {
            "/v3/configuration/testentities/{configuration}/{country}"
        }
        "/connection/v1/sayhello/{name}" => "/v3/connection/sayhello/{name}",
        "/connection/v1/testauthentication" => "/v3/connection/testauthentication",
        "/verifications/v1/documentdownload/{id}/{field}" => {
            "/v3/verifications/documentdownload/{id}/{field}"
        }
        "/verifications/v1/transaction/{id}/partialresult" => {
            "/v3/verifications/transaction/{id}/partialresult"
        }
        "/verifications/v1/transaction/{id}/status" => "/v3/verifications/transaction/{id}/status",
        "/verifications/v1/transactionrecord/{id}" => "/v3/verifications/transactionrecord/{id}",
        "/verifications/v1/transactionrecord/{id}/{field}" => {
            "/v3/verifications/transactionrecord/{id}/{field}"
        }
        // Of a record, version 3 has the plain one alone.
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration_name::ConfigurationName;

    #[test]
    fn each_operation_moves_to_its_published_path() {
        let country = || "CA".parse().unwrap();
        let package = || ConfigurationName::from("1234-ab");
        fn path(operation: impl InV3) -> String {
            let request = V3(operation).request().unwrap();
            let template = request.extensions().get::<Operation>().unwrap();
            let parts = request.uri().path().split('/');
            let fits = template.url_template().split('/').zip(parts);
            for (template, part) in fits {
                assert!(
                    template.starts_with('{') || template == part,
                    "{template} {part}"
                );
            }
            assert!(template.url_template().starts_with("/v3/"));
            request.uri().to_string()
        }
        for (path, expected) in [
            (
                path(SayHello::new("a b").unwrap()),
                "connection/sayhello/a%20b",
            ),
            (path(TestAuthentication), "connection/testauthentication"),
            (
                path(GetTransactionRecord::new("1".into())),
                "verifications/transactionrecord/1",
            ),
            (
                path(GetTransactionRecordDocument::new(
                    "1".into(),
                    "LivePhoto".into(),
                )),
                "verifications/transactionrecord/1/LivePhoto",
            ),
            (
                path(GetTransactionStatus::new("1".into())),
                "verifications/transaction/1/status",
            ),
            (
                path(GetPartialResult::new("1".into())),
                "verifications/transaction/1/partialresult",
            ),
            (
                path(DocumentDownload::new("1".into(), "a")),
                "verifications/documentdownload/1/a",
            ),
            (path(CountryJoi::all()), "business/countryJOI"),
            (path(CountryJoi::of(country())), "business/countryJOI/CA"),
            (
                path(BusinessRegistrationNumbers::within(country(), "AB")),
                "business/businessregistrationnumbers/CA/AB",
            ),
            (
                path(CountryCodes::new(package())),
                "configuration/countrycodes/1234-ab",
            ),
            (
                path(CountrySubdivisions::new(country())),
                "configuration/countrysubdivisions/CA",
            ),
            (
                path(TestEntities::new(country()).configuration(package())),
                "configuration/testentities/1234-ab/CA",
            ),
            (
                path(Datasources::new(country()).configuration(package())),
                "configuration/datasources/1234-ab/CA",
            ),
            (
                path(AllDatasources::new(package())),
                "configuration/alldatasources/1234-ab",
            ),
            (
                path(Fields::new(country()).configuration(package())),
                "configuration/fields/1234-ab/CA",
            ),
            (
                path(RecommendedFields::new(country()).configuration(package())),
                "configuration/fields/1234-ab/CA/recommended",
            ),
            (
                path(Consents::new(country()).configuration(package())),
                "configuration/consents/1234-ab/CA",
            ),
            (
                path(DetailedConsents::new(country()).configuration(package())),
                "configuration/consents/1234-ab/CA/detail",
            ),
        ] {
            assert_eq!(path, format!("/v3/{expected}"));
        }
    }
}
