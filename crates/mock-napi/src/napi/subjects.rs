//! The subjects of the operations that both versions have, and their responses.

use crate::description::schema::text;
use crate::napi::description::About;
use crate::napi::schema::configuration as conf;
use crate::napi::schema::transactions as done;
use crate::napi::schema::{empty, texts};

pub(super) const SAY_HELLO: About = About("Greet someone, without credentials", text);
pub(super) const TEST_AUTHENTICATION: About = About("Test credentials and certificate", text);
pub(super) const ASYNC_CALLBACK: About = About("Take a callback, and do nothing with it", empty);

pub(super) const COUNTRY_CODES: About = About("List the countries of a configuration", texts);
pub(super) const SUBDIVISIONS: About =
    About("List the subdivisions of a country", conf::subdivisions);
pub(super) const JURISDICTIONS: About = About(
    "List the jurisdictions of a country; of one that is not known, a page says so",
    conf::subdivisions,
);
pub(super) const ALL_JURISDICTIONS: About = About("List all jurisdictions", conf::subdivisions);
pub(super) const REGISTRATION_NUMBERS: About = About(
    "List the registration numbers of a country",
    conf::registration_numbers,
);
pub(super) const ALL_REGISTRATION_NUMBERS: About =
    About("List all registration numbers", conf::registration_numbers);
pub(super) const REGISTRATION_NUMBERS_WITHIN: About = About(
    "List the registration numbers of a jurisdiction",
    conf::registration_numbers,
);
pub(super) const FIELDS: About = About("Describe the inputs of a country", conf::fields);
pub(super) const RECOMMENDED_FIELDS: About =
    About("Describe the inputs that are worth giving", conf::fields);
pub(super) const CONSENTS: About = About("List the names of a country's consents", texts);
pub(super) const DETAILED_CONSENTS: About =
    About("List a country's consents with their texts", conf::consents);
pub(super) const TEST_ENTITIES: About =
    About("List the test entities of a country", conf::test_entities);
pub(super) const DATASOURCES: About =
    About("List the data sources of a country", conf::datasources);
pub(super) const ALL_DATASOURCES: About = About(
    "List the data sources of all countries",
    conf::all_datasources,
);
pub(super) const DOCUMENT_TYPES: About = About(
    "List the types of documents of a country",
    conf::document_types,
);
pub(super) const ALL_DOCUMENT_TYPES: About = About(
    "List the types of documents of all countries",
    conf::document_types,
);

pub(super) const VERIFY: About = About("Verify a person or a company", done::verification);
pub(super) const RECORD: About = About("Return a record with its inputs", done::record_or_errors);
pub(super) const RECORD_PART: About = About(
    "Return a record in more detail, or an image of it",
    done::record_or_image,
);
pub(super) const RECORD_IMAGE: About = About("Return an image of a record", done::image_or_errors);
pub(super) const STATUS: About = About(
    "Return the state of a transaction, and bring it nearer to its end",
    done::status_or_errors,
);
pub(super) const PARTIAL_RESULT: About = About(
    "Return what is known of a transaction so far",
    done::partial_or_errors,
);
/// The file itself is described where it is served: it is no JSON.
pub(super) const DOWNLOAD: About = About(
    "Download a file that the verification has asked for",
    done::errors_alone,
);
pub(super) const SEARCH: About = About("Search for companies", done::search);
pub(super) const SEARCH_RECORD: About =
    About("Return the record of a search", done::search_or_errors);
