//! Inputs that are checked against a schema.

use crate::verifications::{DataFields, VerifyRequest};

/// Inputs that can be checked against a [`FieldSchema`](super::FieldSchema): inputs alone, and the
/// requests of both versions.
pub trait Inputs: sealed::Sealed {}

impl<T: sealed::Sealed> Inputs for T {}

pub(crate) mod sealed {
    use crate::configuration::field_schema::inputs::DataFields;

    /// Keeps implementations of [`Inputs`](super::Inputs) inside this crate.
    #[expect(unnameable_types, reason = "a sealed trait must not be nameable")]
    pub trait Sealed {
        /// Returns the inputs, if there are any.
        fn data_fields(&self) -> Option<&DataFields>;

        /// Returns whether a country is missing that must be there.
        fn lacks_country(&self) -> bool;
    }
}

impl sealed::Sealed for DataFields {
    fn data_fields(&self) -> Option<&DataFields> {
        Some(self)
    }

    fn lacks_country(&self) -> bool {
        false
    }
}

impl sealed::Sealed for VerifyRequest {
    fn data_fields(&self) -> Option<&DataFields> {
        self.data_fields.as_ref()
    }

    fn lacks_country(&self) -> bool {
        self.country_code.is_none()
    }
}
