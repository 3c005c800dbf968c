//! The description of one operation: a method on a path, what it takes and what it returns.

use std::collections::BTreeMap;

use axum::routing::MethodFilter;
use serde_json::Value;

use crate::description::schema::Schema;

/// The description of an operation.
#[cfg_attr(
    not(feature = "program"),
    expect(dead_code, reason = "only the program prints it")
)]
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) summary: &'static str,
    pub(crate) part: Part,
    pub(crate) security: Security,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<RequestBody>,
    pub(crate) responses: BTreeMap<u16, Response>,
}

/// The methods that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Delete,
    Get,
    Post,
    Put,
}

/// The part of the mock that an operation is of; each has servers of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// NAPI of version 1, which is behind each mode too.
    Version1,
    /// NAPI of version 3, and its tokens.
    Version3,
    Portal,
    Control,
}

/// The credentials that an operation wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    None,
    /// Name and password of an API user.
    ApiUser,
    /// A token of version 3.
    Token,
    /// Name and password of a portal user.
    PortalUser,
}

/// A parameter of the path or of the query. That of a path has to be there, that of a query need
/// not.
#[cfg_attr(
    not(feature = "program"),
    expect(dead_code, reason = "only the program prints it")
)]
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) schema: Schema,
    pub(crate) example: Example,
    pub(crate) is_in_path: bool,
}

/// The body of a request.
#[cfg_attr(
    not(feature = "program"),
    expect(dead_code, reason = "only the program prints it")
)]
#[derive(Clone, Copy)]
pub(crate) struct RequestBody {
    pub(crate) media_types: &'static [&'static str],
    pub(crate) schema: Schema,
    pub(crate) example: Example,
}

/// Writes an example.
pub(crate) type Example = fn() -> Value;

/// One status, and what comes with it.
#[derive(Clone, Default)]
pub(crate) struct Response {
    pub(crate) description: &'static str,
    /// Name and description of headers that are always there.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// A schema for each media type; none if there is no body.
    pub(crate) content: Vec<(&'static str, Schema)>,
}

/// JSON (RFC 8259).
pub(crate) const JSON: &str = "application/json";
/// Text for a person.
pub(crate) const TEXT: &str = "text/plain";
/// A certificate, a revocation list or a request in PEM.
pub(crate) const PEM: &str = "application/x-pem-file";

impl Operation {
    pub(crate) fn new(
        part: Part,
        method: Method,
        path: impl Into<String>,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            path: path.into(),
            summary,
            part,
            security: Security::None,
            parameters: Vec::new(),
            body: None,
            responses: BTreeMap::new(),
        }
    }

    pub(crate) fn filter(&self) -> MethodFilter {
        match self.method {
            Method::Delete => MethodFilter::DELETE,
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
        }
    }

    pub(crate) fn secured(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    /// Describes a parameter; in place of an earlier one of its name.
    pub(crate) fn with(mut self, parameter: Parameter) -> Self {
        self.parameters.retain(|it| it.name != parameter.name);
        self.parameters.push(parameter);
        self
    }

    pub(crate) fn takes(
        mut self,
        media_types: &'static [&'static str],
        schema: Schema,
        example: Example,
    ) -> Self {
        self.body = Some(RequestBody {
            media_types,
            schema,
            example,
        });
        self
    }

    /// Describes one form of the response with a status, beside those that it has already.
    pub(crate) fn returns(
        mut self,
        status: u16,
        description: &'static str,
        media_type: &'static str,
        schema: Schema,
    ) -> Self {
        let response = self.response(status, description);
        response.content.push((media_type, schema));
        self
    }

    /// Describes a status without a body.
    pub(crate) fn returns_nothing(mut self, status: u16, description: &'static str) -> Self {
        self.response(status, description);
        self
    }

    /// Describes headers that a status always has.
    pub(crate) fn header(
        mut self,
        status: u16,
        headers: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.response(status, "").headers = headers;
        self
    }

    fn response(&mut self, status: u16, description: &'static str) -> &mut Response {
        let response = self.responses.entry(status).or_default();
        if response.description.is_empty() {
            response.description = description;
        }
        response
    }
}

impl Parameter {
    pub(crate) const fn path(
        name: &'static str,
        description: &'static str,
        schema: Schema,
        example: Example,
    ) -> Self {
        Self {
            name,
            description,
            schema,
            example,
            is_in_path: true,
        }
    }

    pub(crate) const fn query(
        name: &'static str,
        description: &'static str,
        schema: Schema,
        example: Example,
    ) -> Self {
        Self {
            is_in_path: false,
            ..Self::path(name, description, schema, example)
        }
    }
}
