//! The request of a verification: from options, or from a file of JSON.

use std::path::{Path, PathBuf};

use anyhow::Result;
use napi::CountryCode;
use napi::verifications::VerifyRequest;
use serde_json::{Map, Value, json};

use crate::json_file;
use crate::refusal::Refusal;

/// The subject of the verification, and how it is verified.
#[derive(Debug, clap::Args)]
pub(super) struct InputArguments {
    /// Read the request as JSON, as the service takes it; `-` is standard input. Options count
    /// before what it says
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Two-letter ISO code of the country, such as CA
    #[arg(long)]
    country: Option<CountryCode>,

    /// An input by its name, such as PersonInfo.FirstGivenName=Adelina; may be given more than
    /// once. The command line is seen by everyone on this machine: for real people use --json
    #[arg(long, value_name = "PATH=VALUE", value_parser = input)]
    field: Vec<(String, String)>,

    /// Configuration of the account; by default Identity Verification
    #[arg(long, value_name = "NAME")]
    configuration: Option<String>,

    /// A consent that the person has given, as `napi-mtls consents` names it; may be given more
    /// than once
    #[arg(long, value_name = "NAME")]
    consent: Vec<String>,

    /// A reference of your own, which the record repeats; no personal data, please
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,

    /// URL that the service calls once it is done, which makes the call asynchronous
    #[arg(long, value_name = "URL")]
    callback_url: Option<String>,
}

impl InputArguments {
    /// Returns the file of JSON, if one is named.
    pub(super) fn json(&self) -> Option<&Path> {
        self.json.as_deref()
    }

    /// Returns the request.
    pub(super) fn request(&self) -> Result<VerifyRequest> {
        let mut request = match &self.json {
            None => json!({"AcceptTruliooTermsAndConditions": true}),
            Some(file) => json_file::read(file)?.1,
        };
        let Some(members) = request.as_object_mut() else {
            let text = "the JSON of a verification is an object; `batch` takes a list";
            return Err(Refusal::file(text).into());
        };
        self.set(members)?;
        if !members.contains_key("CountryCode") {
            let text = "there is no country: give --country, or CountryCode in the JSON";
            return Err(Refusal::command_line(text).into());
        }
        let request = serde_json::from_value::<VerifyRequest>(request);
        request.map_err(|_| Refusal::file("the JSON is no request for a verification").into())
    }

    /// Puts what the options say in the place of what the file does.
    fn set(&self, members: &mut Map<String, Value>) -> Result<(), Refusal> {
        for (name, value) in [
            (
                "CountryCode",
                self.country.as_ref().map(ToString::to_string),
            ),
            ("ConfigurationName", self.configuration.clone()),
            ("CustomerReferenceID", self.reference.clone()),
            ("CallBackUrl", self.callback_url.clone()),
        ] {
            if let Some(value) = value {
                members.insert(name.to_owned(), value.into());
            }
        }
        if !self.consent.is_empty() {
            members.insert("ConsentForDataSources".to_owned(), json!(self.consent));
        }
        for (path, value) in &self.field {
            let path = path.split('.').collect::<Vec<_>>();
            let fields = members
                .entry("DataFields")
                .or_insert_with(|| Value::Object(Map::new()));
            put(fields, &path, value)?;
        }
        Ok(())
    }
}

/// Puts a text at a path; what is no group in between is refused.
fn put(value: &mut Value, path: &[&str], text: &str) -> Result<(), Refusal> {
    let clash = || Refusal::command_line("--field names a group where the JSON has a value");
    let members = value.as_object_mut().ok_or_else(clash)?;
    match path {
        [] => Err(clash()),
        [name] => {
            members.insert((*name).to_owned(), text.into());
            Ok(())
        }
        [name, rest @ ..] => {
            let group = members
                .entry(*name)
                .or_insert_with(|| Value::Object(Map::new()));
            put(group, rest, text)
        }
    }
}

/// Reads `PATH=VALUE`; the value is not repeated.
fn input(text: &str) -> Result<(String, String), &'static str> {
    let problem = "write it as PersonInfo.FirstGivenName=Adelina";
    let (path, value) = text.split_once('=').ok_or(problem)?;
    let is_path = path.contains('.') && path.split('.').all(|name| !name.is_empty());
    match is_path {
        true => Ok((path.to_owned(), value.to_owned())),
        false => Err(problem),
    }
}
