//! `napi-mtls call`: any request, with certificate and credentials, and its response as it came.

use std::path::PathBuf;

use anyhow::Result;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use napi::{Error, RequestBody, ResultWithMetadata};
use serde_json::{Map, Value, json};

use crate::client::ClientArguments;
use crate::diagnose::service;
use crate::global_arguments::GlobalArguments;
use crate::json_file;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls call GET /connection/v1/testauthentication
  napi-mtls call GET /configuration/v1/countrycodes/Identity%20Verification --include
  napi-mtls call POST /verifications/v1/verify --json person.json")]
pub(crate) struct Arguments {
    /// Method, such as GET or POST; a POST is never sent twice
    #[arg(value_parser = method)]
    method: Method,

    /// Path below the URL of NAPI, with its query, such as
    /// /configuration/v1/countrycodes/Identity%20Verification
    #[arg(value_parser = path)]
    path: String,

    /// Send the JSON of this file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Send this header field; may be given more than once
    #[arg(long, value_name = "NAME: VALUE", value_parser = field)]
    header: Vec<(HeaderName, HeaderValue)>,

    /// Print status and header fields of the response before its body
    #[arg(long)]
    include: bool,

    #[command(flatten)]
    client: ClientArguments,
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let request = request(arguments)?;
    let json = [("--json", arguments.json.as_deref())];
    let connected = arguments.client.connect(global, &json)?;
    match connected.client.send_raw_with_any_status(request).await {
        Ok(response) => Ok(output(response, arguments.include, connected.warnings)),
        Err(error) => {
            let failure = arguments.client.failure("response", connected, &error);
            Err(anyhow::Error::new(error).context(failure))
        }
    }
}

fn request(arguments: &Arguments) -> Result<Request<RequestBody>> {
    let mut request = Request::new(RequestBody::default());
    *request.method_mut() = arguments.method.clone();
    *request.uri_mut() = arguments.path.parse()?;
    if let Some(file) = &arguments.json {
        let (bytes, _) = json_file::read(file)?;
        *request.body_mut() = RequestBody::from(bytes::Bytes::from(bytes));
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
    }
    request
        .headers_mut()
        .extend(arguments.header.iter().cloned());
    Ok(request)
}

fn output(
    response: ResultWithMetadata<bytes::Bytes>,
    include: bool,
    warnings: Vec<String>,
) -> Output {
    let head = head(&response);
    let data = json!({
        "status": response.status.as_u16(),
        "headers": headers(&response),
        "elapsed_ms": milliseconds(response.elapsed),
        "body": body(&response.result),
    });
    let mut output = Output::new(String::new(), data, warnings);
    if include {
        output.raw = head.into_bytes();
    }
    output.raw.extend_from_slice(&response.result);
    match rejection(response.status) {
        Some(error) => output.failed(service::diagnosis(&error), error.to_string()),
        None => output,
    }
}

/// Returns the error of a status that is no success; its body is printed, and not quoted.
fn rejection(status: StatusCode) -> Option<Error> {
    match status {
        status if status.is_success() => None,
        StatusCode::UNAUTHORIZED => Some(Error::Unauthorized { message: None }),
        status => Some(Error::Status {
            status,
            message: None,
            code: None,
            retry_after: None,
        }),
    }
}

/// Returns the status and the header fields as HTTP/1.1 writes them.
fn head(response: &ResultWithMetadata<bytes::Bytes>) -> String {
    let fields = response.headers.iter();
    let fields = fields.map(|(name, value)| format!("{name}: {}\n", shown(value)));
    let fields: String = fields.collect();
    format!("{}\n{fields}\n", response.status)
}

fn headers(response: &ResultWithMetadata<bytes::Bytes>) -> Map<String, Value> {
    let names = response.headers.keys();
    let fields = names.map(|name| {
        let values = response.headers.get_all(name).iter().map(shown);
        (
            name.to_string(),
            Value::from(values.collect::<Vec<_>>().join(", ")),
        )
    });
    fields.collect()
}

fn shown(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Returns the body as data: JSON as such, else text; bytes that are neither lose what is no UTF-8.
fn body(bytes: &[u8]) -> Value {
    let json = serde_json::from_slice(bytes);
    json.unwrap_or_else(|_| Value::from(String::from_utf8_lossy(bytes)))
}

fn milliseconds(elapsed: std::time::Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

fn method(text: &str) -> Result<Method, &'static str> {
    Method::from_bytes(text.to_ascii_uppercase().as_bytes()).map_err(|_| "it is no HTTP method")
}

fn path(text: &str) -> Result<String, String> {
    match text.starts_with('/') && !text.starts_with("//") {
        true if text.parse::<http::uri::PathAndQuery>().is_ok() => Ok(text.to_owned()),
        true => Err("it is no path of a URL; write a space as %20".to_owned()),
        false => Err("it must begin with one slash: the host is that of --base-url".to_owned()),
    }
}

/// Reads a header field; its value, which may be a secret, is not repeated.
fn field(text: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let problem = "it is no header field; write \"NAME: VALUE\"";
    let (name, value) = text.split_once(':').ok_or(problem)?;
    let name = name.trim().parse::<HeaderName>().map_err(|_| problem)?;
    if [header::AUTHORIZATION, header::HOST].contains(&name) {
        return Err("that field is set by the program: it is made of --user and --base-url");
    }
    let value = value.trim().parse::<HeaderValue>().map_err(|_| problem)?;
    Ok((name, value))
}
