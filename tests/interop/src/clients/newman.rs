//! Postman, by its own runner, with the collection and the environment that a person imports into
//! the application.

use std::{fs, path::Path};

use anyhow::Context as _;
use serde_json::Value;

use crate::{
    clients::{
        case::{Call, Case},
        client::{Client, ExpectedOutput},
        script::usual,
    },
    context::Context,
    example,
    tool::{Invocation, Place, Program, Tool},
};

const COLLECTION: &str = "postman/napi-mtls.postman_collection.json";
const ENVIRONMENT: &str = "postman/napi-mtls.postman_environment.json";

pub(super) const CLIENT: Client = Client {
    name: "newman",
    program: Program {
        name: "newman",
        version: &["--version"],
        package: "npm: newman; copy tests/interop/npm to target/interop/npm and run npm ci there",
    },
    place: Place::Npm,
    call,
    output,
    detects: &[],
};

fn call(newman: &Tool, call: &Call<'_>, context: &Context) -> anyhow::Result<Invocation> {
    let environment = context.file("postman_environment.json");
    fs::write(&environment, filled_in(call)?)?;
    let mut newman = newman
        .command()
        .arg("run")
        .arg(example::page(COLLECTION))
        .arg("--environment")
        .arg(environment)
        .args(["--disable-unicode", "--color", "off"]);
    let mut file = |name: &str, path: Option<&Path>| {
        if let Some(path) = path {
            newman = newman.clone().arg(name).arg(path);
        }
    };
    file("--ssl-extra-ca-certs", call.ca_file);
    file(
        "--ssl-client-cert",
        call.identity.map(|(certificate, _)| certificate),
    );
    file("--ssl-client-key", call.identity.and_then(|(_, key)| key));
    if let Some(passphrase) = call.passphrase {
        newman = newman.args(["--ssl-client-passphrase", passphrase]);
    }
    Ok(newman)
}

/// Fills in the environment, as a person does after the import.
fn filled_in(call: &Call<'_>) -> anyhow::Result<String> {
    let mut environment: Value =
        serde_json::from_str(&fs::read_to_string(example::page(ENVIRONMENT))?)?;
    let values = environment.get_mut("values").and_then(Value::as_array_mut);
    for value in values.context("an environment without values")? {
        let filled = match value.get("key").and_then(Value::as_str) {
            Some("base_url") => call.base_url,
            Some("user") => call.user,
            Some("password") => call.password,
            other => anyhow::bail!("no value for the variable {other:?}"),
        };
        if let Some(value) = value.get_mut("value") {
            *value = filled.into();
        }
    }
    Ok(environment.to_string())
}

fn output(case: Case) -> Option<ExpectedOutput> {
    Some(match case {
        Case::OneFile => return None, // Postman has a field for each
        Case::PlainKey | Case::Passphrase => (0, &["\"Hello acme-api\""]),
        Case::RefusedByReset => (1, &["ECONNRESET"]),
        Case::OtherAccount | Case::WrongPassword => (1, &["[401 Access Denied", "Access Denied"]),
        _ => usual(case),
    })
}
