//! Operations under `/configuration/v1` that take a configuration and a country.

/// Declares such an operation: its name, the word in its path, and the function that reads its
/// response.
macro_rules! by_country {
    ($(
        $(#[$doc:meta])*
        pub struct $name:ident = $word:literal -> $response:ty: $read:path;
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            configuration: crate::ConfigurationName,
            country: crate::CountryCode,
        }

        impl $name {
            /// Asks for those of one country, under the default configuration.
            #[must_use]
            pub fn new(country: crate::CountryCode) -> Self {
                Self {
                    configuration: crate::ConfigurationName::default(),
                    country,
                }
            }

            /// Sets another configuration.
            #[must_use]
            pub fn configuration(self, configuration: crate::ConfigurationName) -> Self {
                Self {
                    configuration,
                    ..self
                }
            }
        }

        impl crate::endpoint::sealed::Sealed for $name {}

        impl crate::Endpoint for $name {
            type Response = $response;
            type Version = crate::Version1;
            const AUTHENTICATION: crate::Authentication = crate::Authentication::Basic;
            const IDEMPOTENT: bool = true;

            fn request(&self) -> Result<http::Request<crate::RequestBody>, crate::Error> {
                let configuration = self.configuration.segment()?;
                let country = self.country.segment()?;
                crate::request::get(
                    vocabulary::Operation::new(
                        stringify!($name),
                        concat!("/configuration/v1/", $word, "/{configuration}/{country}"),
                    ),
                    format!(
                        concat!("/configuration/v1/", $word, "/{configuration}/{country}"),
                        configuration = configuration,
                        country = country,
                    ),
                )
            }

            fn response(
                &self,
                response: http::Response<bytes::Bytes>,
            ) -> Result<$response, crate::Error> {
                $read(&response)
            }
        }
    )+};
}

pub(crate) use by_country;
