//! The OpenAPI 3.1 document of everything that is served but pages.

use serde_json::{Map, Value, json};

use crate::description::operation::{
    Method, Operation, Parameter, Part, RequestBody, Response, Security,
};
use crate::description::schema::Components;
use crate::{control, napi, portal};

/// The ports that the URLs of servers name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) mtls: u16,
    pub(crate) plain: u16,
    pub(crate) portal: u16,
}

/// Returns the document.
pub(crate) fn document(ports: Ports) -> Value {
    let mut operations = napi::operations();
    operations.extend(portal::routes().operations);
    operations.extend(control::routes().operations);
    let mut components = Components::new();
    let mut paths: Map<String, Value> = Map::new();
    for operation in &operations {
        let described = describe(operation, &mut components);
        let servers = servers(operation.part, ports);
        let path = paths
            .entry(operation.path.clone())
            .or_insert_with(|| json!({ "servers": servers }));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(operation.method.name().to_owned(), described);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "mock-napi",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A local mock of Trulioo's NAPI, its portal and its control",
            "description": DESCRIPTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{ "url": format!("https://localhost:{}", ports.mtls) }],
        "tags": Part::ALL.map(|part| json!({ "name": part.tag(), "description": part.description() })),
        "paths": paths,
        "components": {
            "schemas": components.into_schemas(),
            "securitySchemes": security_schemes(),
        },
    })
}

fn describe(operation: &Operation, components: &mut Components) -> Value {
    let parameters = operation.parameters.iter();
    let parameters: Vec<_> = parameters.map(|it| parameter(it, components)).collect();
    let responses = operation.responses.iter();
    let responses: Map<_, _> = responses
        .map(|(status, it)| (status.to_string(), response(it, components)))
        .collect();
    let mut described = json!({
        "operationId": operation.id(),
        "summary": operation.summary,
        "tags": [operation.part.tag()],
        "security": operation.security.requirements(),
        "responses": responses,
    });
    if let Some(members) = described.as_object_mut() {
        if !parameters.is_empty() {
            members.insert("parameters".to_owned(), parameters.into());
        }
        if let Some(it) = &operation.body {
            members.insert("requestBody".to_owned(), body(it, components));
        }
    }
    described
}

fn parameter(parameter: &Parameter, components: &mut Components) -> Value {
    json!({
        "name": parameter.name,
        "in": if parameter.is_in_path { "path" } else { "query" },
        "description": parameter.description,
        "required": parameter.is_in_path,
        "schema": (parameter.schema)(components),
        "example": (parameter.example)(),
    })
}

fn body(body: &RequestBody, components: &mut Components) -> Value {
    let media_types = body.media_types.iter();
    let content: Map<_, _> = media_types
        .map(|name| {
            let (schema, example) = ((body.schema)(components), (body.example)());
            let media_type = json!({ "schema": schema, "example": example });
            ((*name).to_owned(), media_type)
        })
        .collect();
    json!({ "required": true, "content": content })
}

fn response(response: &Response, components: &mut Components) -> Value {
    let mut described = json!({ "description": response.description });
    let headers = response.headers.iter();
    let headers: Map<_, _> = headers
        .map(|(name, description)| {
            let header = json!({
                "description": description, "required": true, "schema": { "type": "string" },
            });
            ((*name).to_owned(), header)
        })
        .collect();
    let content = response.content.iter();
    let content: Map<_, _> = content
        .map(|(name, schema)| ((*name).to_owned(), json!({ "schema": schema(components) })))
        .collect();
    if let Some(members) = described.as_object_mut() {
        for (name, value) in [("headers", headers), ("content", content)] {
            if !value.is_empty() {
                members.insert(name.to_owned(), value.into());
            }
        }
    }
    described
}

fn servers(part: Part, ports: Ports) -> Value {
    let mtls = format!("https://localhost:{}", ports.mtls);
    let plain = format!("https://localhost:{}", ports.plain);
    let mut servers = Vec::new();
    match part {
        Part::Version1 => {
            // The modes are prefixes of all paths, as a server's URL is.
            for mode in [""].iter().chain(&napi::MODES) {
                servers.push(json!({ "url": format!("{mtls}{mode}"), "description": MTLS }));
                servers.push(json!({ "url": format!("{plain}{mode}"), "description": PLAIN }));
            }
        }
        Part::Version3 => {
            servers.push(json!({ "url": mtls, "description": MTLS }));
            servers.push(json!({ "url": plain, "description": PLAIN }));
        }
        Part::Portal | Part::Control => {
            let url = format!("http://127.0.0.1:{}", ports.portal);
            servers.push(json!({ "url": url }));
        }
    }
    servers.into()
}

fn security_schemes() -> Value {
    json!({
        "apiUser": {
            "type": "http", "scheme": "basic", "description": "Name and password of an API user",
        },
        "token": {
            "type": "http", "scheme": "bearer", "description": "A token of `POST /connect/token`",
        },
        "portalUser": {
            "type": "http", "scheme": "basic", "description": "Name and password of a portal user",
        },
        "clientCertificate": {
            "type": "mutualTLS", "description": "A client certificate of the user's parent account",
        },
    })
}

impl Operation {
    /// Returns its name: method and path, in camel case.
    fn id(&self) -> String {
        let mut id = self.method.name().to_owned();
        for part in self.path.split(['/', '.', '_', '-']) {
            let (by, name) = match part.strip_prefix('{') {
                Some(name) => ("By", name.trim_end_matches('}')),
                None => ("", part),
            };
            id.push_str(by);
            let mut letters = name.chars();
            id.extend(letters.next().map(|it| it.to_ascii_uppercase()));
            id.push_str(letters.as_str());
        }
        id
    }
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
        }
    }
}

impl Part {
    const ALL: [Self; 4] = [Self::Version1, Self::Version3, Self::Portal, Self::Control];

    fn tag(self) -> &'static str {
        match self {
            Self::Version1 => "napi-v1",
            Self::Version3 => "napi-v3",
            Self::Portal => "portal",
            Self::Control => "control",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Version1 => "NAPI of version 1, at the root and behind /trial and /live",
            Self::Version3 => "NAPI of version 3, with the tokens that it wants",
            Self::Portal => {
                "The portal: certificates and enforcement; this shape is the mock's own"
            }
            Self::Control => "The control: the log, faults, clock and settings of the mock",
        }
    }
}

impl Security {
    fn requirements(self) -> Value {
        match self {
            Self::None => json!([]),
            Self::PortalUser => json!([{ "portalUser": [] }]),
            // With the certificate at the endpoint of mutual TLS, without at the plain one.
            Self::ApiUser => json!([{ "apiUser": [], "clientCertificate": [] }, { "apiUser": [] }]),
            Self::Token => json!([{ "token": [], "clientCertificate": [] }, { "token": [] }]),
        }
    }
}

const MTLS: &str = "Mutual TLS: a client certificate is wanted";
const PLAIN: &str = "Plain: no client certificate is asked for";

const DESCRIPTION: &str = "What the mock serves, written from its routes. The facts about NAPI are the vendor's, the words are \
     the mock's. Left out are the pages of portal and control, which are HTML, HEAD, which every \
     GET has, the statuses for a method that a path does not have (405) and for a path that is not \
     served (404), and faults of a connection that a script asks for.";
