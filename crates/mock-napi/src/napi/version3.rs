//! The routes of version 3, with their descriptions, and its tokens.

use std::sync::Arc;

use crate::description::Routes;
use crate::description::operation::{JSON, Method, Operation, Part};
use crate::description::schema::text;
use crate::napi::description::{About, file_too, for_token, page_too};
use crate::napi::schema::{self, requests};
use crate::napi::token::token;
use crate::napi::version::Version;
use crate::napi::{
    account, business, configuration as conf, connection, description, subjects as about,
    verifications as ver,
};
use crate::vendor::Vendor;

/// Returns those that want a token.
pub(super) fn for_tokens() -> Routes<Arc<Vendor>> {
    configuration()
        .merge(verifications())
        .merge(companies())
        .serve(get("/v3/account/packages", &PACKAGES), account::packages)
        .serve(
            get("/v3/connection/sayhello/{name}", &GREET),
            connection::say_hello,
        )
        .serve(
            get(
                "/v3/connection/testauthentication",
                &about::TEST_AUTHENTICATION,
            ),
            connection::test_authentication,
        )
        .described(for_token)
}

/// Returns those that want none.
pub(super) fn for_all() -> Routes<Arc<Vendor>> {
    let path = "/v3/connection/async-callback";
    Routes::new().serve(
        description::post(
            THREE,
            path,
            &about::ASYNC_CALLBACK,
            requests::callback,
            requests::callback_example,
        ),
        connection::async_callback,
    )
}

/// Returns the route by which a token is got.
pub(super) fn tokens() -> Routes<Arc<Vendor>> {
    let summary = "Give a token to an API user (RFC 6749, section 4.4)";
    let operation = Operation::new(Part::Version3, Method::Post, "/connect/token", summary)
        .takes(&[FORM], requests::token, requests::token_example)
        .returns(200, "A token", JSON, schema::token)
        .returns(400, "No token, and why", JSON, schema::token_error);
    Routes::new().serve(operation, token)
}

fn configuration() -> Routes<Arc<Vendor>> {
    let of = |rest: &str, about: &About| get(&format!("/v3/configuration/{rest}"), about);
    Routes::new()
        .serve(
            of("countrycodes/{package}", &about::COUNTRY_CODES),
            conf::country_codes,
        )
        .serve(
            of("countrysubdivisions/{country}", &about::SUBDIVISIONS),
            conf::country_subdivisions,
        )
        .serve(
            of("fields/{package}/{country}", &about::FIELDS),
            conf::fields,
        )
        .serve(
            of(
                "fields/{package}/{country}/recommended",
                &about::RECOMMENDED_FIELDS,
            ),
            conf::recommended_fields,
        )
        .serve(
            of("consents/{package}/{country}", &about::CONSENTS),
            conf::consents,
        )
        .serve(
            of(
                "consents/{package}/{country}/detail",
                &about::DETAILED_CONSENTS,
            ),
            conf::detailed_consents,
        )
        .serve(
            of("testentities/{package}/{country}", &about::TEST_ENTITIES),
            conf::test_entities,
        )
        .serve(
            of("datasources/{package}/{country}", &about::DATASOURCES),
            conf::datasources,
        )
        .serve(
            of("alldatasources/{package}", &about::ALL_DATASOURCES),
            conf::all_datasources,
        )
}

fn verifications() -> Routes<Arc<Vendor>> {
    let of = |rest: &str, about: &About| get(&format!("/v3/verifications/{rest}"), about);
    Routes::new()
        .serve(
            description::post(
                THREE,
                "/v3/verifications/verify",
                &about::VERIFY,
                requests::verification3,
                requests::verification3_example,
            ),
            ver::verify,
        )
        .serve(of("transactionrecord/{id}", &about::RECORD), ver::record)
        .serve(
            of("transactionrecord/{id}/{field}", &about::RECORD_IMAGE),
            ver::record_document,
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

fn companies() -> Routes<Arc<Vendor>> {
    let of = |rest: &str, about: &About| get(&format!("/v3/business/{rest}"), about);
    let numbers = "businessregistrationnumbers";
    let within = format!("{numbers}/{{country}}/{{jurisdiction}}");
    Routes::new()
        .serve(
            description::post(
                THREE,
                "/v3/business/search",
                &about::SEARCH,
                requests::search3,
                requests::search3_example,
            ),
            business::search,
        )
        .serve(
            description::post(
                THREE,
                "/v3/business/verify",
                &about::VERIFY,
                requests::business_verification,
                requests::business_verification_example,
            ),
            ver::verify_business,
        )
        .serve(
            of("countryJOI", &about::ALL_JURISDICTIONS),
            conf::all_jurisdictions,
        )
        .serve(
            page_too(of("countryJOI/{country}", &about::JURISDICTIONS)),
            conf::jurisdictions,
        )
        .serve(
            of(numbers, &about::ALL_REGISTRATION_NUMBERS),
            conf::all_registration_numbers,
        )
        .serve(
            of(
                &format!("{numbers}/{{country}}"),
                &about::REGISTRATION_NUMBERS,
            ),
            conf::registration_numbers,
        )
        .serve(
            of(&within, &about::REGISTRATION_NUMBERS_WITHIN),
            conf::registration_numbers_within,
        )
}

fn get(path: &str, about: &About) -> Operation {
    description::get(THREE, path, about)
}

const PACKAGES: About = About("List the packages of an account", schema::packages);
const GREET: About = About("Greet someone", text);
const THREE: Version = Version::Three;
const FORM: &str = "application/x-www-form-urlencoded";
