//! The commands that print a list of the configuration, by country.

pub(crate) mod consents;
pub(crate) mod countries;
pub(crate) mod datasources;
pub(crate) mod document_types;
pub(crate) mod fields;
pub(crate) mod test_entities;
