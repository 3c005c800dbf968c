//! `GET /configuration/v1/datasources/{configuration}/{country}` and
//! `/configuration/v1/alldatasources/{configuration}`.

use bytes::Bytes;
use http::{Request, Response};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::configuration::by_country::by_country;
use crate::configuration_name::ConfigurationName;
use crate::country_code::CountryCode;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::wire::model;

model! {
    /// A data source, or a group of them under one name.
    pub struct Datasource {
        /// Its name, as results have it.
        name: Option<String> = "Name" as name,
        /// A description of it.
        description: Option<String> = "Description",
        /// Fields that it requires.
        required_fields: Vec<DatasourceFieldType> = "RequiredFields",
        /// Fields that it takes besides.
        optional_fields: Vec<DatasourceFieldType> = "OptionalFields",
        /// Fields that it may append to a result.
        appended_fields: Vec<DatasourceFieldType> = "AppendedFields",
        /// Fields that it compares.
        output_fields: Vec<DatasourceFieldType> = "OutputFields",
        /// Its kind, such as `Credit`.
        source_type: Option<String> = "SourceType",
        /// The interval of its updates.
        update_frequency: Option<String> = "UpdateFrequency",
        /// Its coverage: a share (`25%`) or a number of people (`1M`).
        coverage: Option<String> = "Coverage",
    }

    /// A field of a data source.
    pub struct DatasourceFieldType {
        /// Its name.
        field_name: Option<String> = "FieldName" as name,
        /// Its type, such as `string`.
        field_type: Option<String> = "Type",
    }

    /// The data sources of one country.
    pub struct CountryDatasources {
        /// The country.
        country: Option<CountryCode> = "Country",
        /// Its data sources.
        datasources: Vec<Datasource> = "Datasources",
    }
}

by_country! {
    /// The data sources of a country.
    pub struct Datasources = "datasources" -> Vec<Datasource>: response::models;
}

/// The data sources of all countries.
#[derive(Clone, Debug, Default)]
pub struct AllDatasources {
    configuration: ConfigurationName,
}

impl AllDatasources {
    /// Asks for those of one configuration.
    #[must_use]
    pub fn new(configuration: ConfigurationName) -> Self {
        Self { configuration }
    }
}

impl Sealed for AllDatasources {}

impl Endpoint for AllDatasources {
    type Response = Vec<CountryDatasources>;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let configuration = self.configuration.segment()?;
        request::get(
            Operation::new(
                "AllDatasources",
                "/configuration/v1/alldatasources/{configuration}",
            ),
            format!("/configuration/v1/alldatasources/{configuration}"),
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<Vec<CountryDatasources>, Error> {
        response::models(&response)
    }
}
