//! The routes of version 1, with their descriptions.

use std::sync::Arc;

use crate::description::Routes;
use crate::description::operation::Operation;
use crate::napi::description::{About, file_too, for_user, page_too};
use crate::napi::schema::requests;
use crate::napi::version::Version;
use crate::napi::{
    business, configuration as conf, connection, description, subjects as about,
    verifications as ver,
};
use crate::vendor::Vendor;

/// Returns those that want credentials of an API user.
pub(super) fn for_users() -> Routes<Arc<Vendor>> {
    let records = "/business/v1/search/transactionrecord";
    configuration()
        .merge(verifications())
        .serve(
            get(
                "/connection/v1/testauthentication",
                &about::TEST_AUTHENTICATION,
            ),
            connection::test_authentication,
        )
        .serve(
            description::post(
                ONE,
                "/business/v1/search",
                &about::SEARCH,
                requests::search1,
                requests::search1_example,
            ),
            business::search,
        )
        .serve(
            get(&format!("{records}/{{id}}"), &about::SEARCH_RECORD),
            business::search_result,
        )
        .described(for_user)
}

/// Returns those that want no credentials.
pub(super) fn for_all() -> Routes<Arc<Vendor>> {
    let path = "/connection/v1/async-callback";
    Routes::new()
        .serve(
            get("/connection/v1/sayhello/{name}", &about::SAY_HELLO),
            connection::say_hello,
        )
        .serve(
            description::post(
                ONE,
                path,
                &about::ASYNC_CALLBACK,
                requests::callback,
                requests::callback_example,
            ),
            connection::async_callback,
        )
}

fn configuration() -> Routes<Arc<Vendor>> {
    let joi = "/configuration/v1/countryJOI";
    let numbers = "/configuration/v1/businessregistrationnumbers";
    let types = "/configuration/v1/documentTypes";
    let of = |word: &str, about: &About| {
        let path = format!("/configuration/v1/{word}/{{configuration}}/{{country}}");
        get(&path, about)
    };
    let of_all = |word: &str, about: &About| {
        let path = format!("/configuration/v1/{word}/{{configuration}}");
        get(&path, about)
    };
    let jurisdictions = get(&format!("{joi}/{{country}}"), &about::JURISDICTIONS);
    let within = format!("{numbers}/{{country}}/{{jurisdiction}}");
    Routes::new()
        .serve(
            of_all("countrycodes", &about::COUNTRY_CODES),
            conf::country_codes,
        )
        .serve(
            get(
                "/configuration/v1/countrysubdivisions/{country}",
                &about::SUBDIVISIONS,
            ),
            conf::country_subdivisions,
        )
        .serve(get(joi, &about::ALL_JURISDICTIONS), conf::all_jurisdictions)
        .serve(page_too(jurisdictions), conf::jurisdictions)
        .serve(
            get(numbers, &about::ALL_REGISTRATION_NUMBERS),
            conf::all_registration_numbers,
        )
        .serve(
            get(
                &format!("{numbers}/{{country}}"),
                &about::REGISTRATION_NUMBERS,
            ),
            conf::registration_numbers,
        )
        .serve(
            get(&within, &about::REGISTRATION_NUMBERS_WITHIN),
            conf::registration_numbers_within,
        )
        .serve(of("fields", &about::FIELDS), conf::fields)
        .serve(
            of("recommendedfields", &about::RECOMMENDED_FIELDS),
            conf::recommended_fields,
        )
        .serve(of("consents", &about::CONSENTS), conf::consents)
        .serve(
            of("detailedConsents", &about::DETAILED_CONSENTS),
            conf::detailed_consents,
        )
        .serve(
            of("testentities", &about::TEST_ENTITIES),
            conf::test_entities,
        )
        .serve(of("datasources", &about::DATASOURCES), conf::datasources)
        .serve(
            of_all("alldatasources", &about::ALL_DATASOURCES),
            conf::all_datasources,
        )
        .serve(
            get(types, &about::ALL_DOCUMENT_TYPES),
            conf::all_document_types,
        )
        .serve(
            get(&format!("{types}/{{country}}"), &about::DOCUMENT_TYPES),
            conf::document_types,
        )
}

fn verifications() -> Routes<Arc<Vendor>> {
    let of = |rest: &str, about: &About| get(&format!("/verifications/v1/{rest}"), about);
    Routes::new()
        .serve(
            description::post(
                ONE,
                "/verifications/v1/verify",
                &about::VERIFY,
                requests::verification1,
                requests::verification1_example,
            ),
            ver::verify,
        )
        .serve(of("transactionrecord/{id}", &about::RECORD), ver::record)
        .serve(
            of("transactionrecord/{id}/{field}", &about::RECORD_PART),
            ver::record_part,
        )
        .serve(of("transaction/{id}/status", &about::STATUS), ver::status)
        .serve(
            of("transaction/{id}/partialresult", &about::PARTIAL_RESULT),
            ver::partial_result,
        )
        .serve(
            file_too(of("documentdownload/{id}/{field}", &about::DOWNLOAD)),
            ver::download,
        )
}

fn get(path: &str, about: &About) -> Operation {
    description::get(ONE, path, about)
}

const ONE: Version = Version::One;
