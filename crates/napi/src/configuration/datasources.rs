//! `GET /configuration/v1/datasources/{configuration}/{country}` and `/configuration/v1/alldatasources/{configuration}`.

use bytes::Bytes;
use http::{Request, Response};

use crate::{
    Authentication, ConfigurationName, CountryCode, Endpoint, Error, RequestBody,
    endpoint::sealed::Sealed, request, response, wire::model,
};

model! {
    /// A data source, or a group of them under one name.
    pub struct Datasource {
        /// Its name, as results have it.
        name: Option<String> = "Name" as name,
        /// What it is.
        description: Option<String> = "Description",
        /// What it cannot do without.
        required_fields: Vec<DatasourceFieldType> = "RequiredFields",
        /// What it takes as well.
        optional_fields: Vec<DatasourceFieldType> = "OptionalFields",
        /// What it may add to a result.
        appended_fields: Vec<DatasourceFieldType> = "AppendedFields",
        /// What it compares.
        output_fields: Vec<DatasourceFieldType> = "OutputFields",
        /// Its kind, such as `Credit`.
        source_type: Option<String> = "SourceType",
        /// How often it is brought up to date.
        update_frequency: Option<String> = "UpdateFrequency",
        /// How much it covers: a share (`25%`) or a number of people (`1M`).
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

/// The data sources of a country.
#[derive(Clone, Debug)]
pub struct Datasources {
    configuration: ConfigurationName,
    country: CountryCode,
}

impl Datasources {
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

impl Sealed for Datasources {}

impl Endpoint for Datasources {
    type Response = Vec<Datasource>;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let configuration = self.configuration.segment()?;
        let country = self.country.segment()?;
        request::get(format!(
            "/configuration/v1/datasources/{configuration}/{country}"
        ))
    }

    fn response(&self, response: Response<Bytes>) -> Result<Vec<Datasource>, Error> {
        response::models(&response)
    }
}

/// The data sources of all countries.
#[derive(Clone, Debug, Default)]
pub struct AllDatasources {
    configuration: ConfigurationName,
}

impl AllDatasources {
    /// Those of one configuration.
    #[must_use]
    pub fn new(configuration: ConfigurationName) -> Self {
        Self { configuration }
    }
}

impl Sealed for AllDatasources {}

impl Endpoint for AllDatasources {
    type Response = Vec<CountryDatasources>;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let configuration = self.configuration.segment()?;
        request::get(format!("/configuration/v1/alldatasources/{configuration}"))
    }

    fn response(&self, response: Response<Bytes>) -> Result<Vec<CountryDatasources>, Error> {
        response::models(&response)
    }
}
