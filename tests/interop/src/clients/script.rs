//! Clients that are a page of code in Node, Ruby or Python: the files in
//! `examples/clients`, for users to copy.

use crate::{
    clients::{
        case::{Call, Case},
        client::{Client, ExpectedOutput},
    },
    example,
    programs::NODE,
    tool::{Invocation, Place, Program, Tool, npm_modules},
};

/// Node with its own library.
pub(super) const NODE_HTTPS: Client = Client {
    name: "node-https",
    program: NODE,
    place: Place::Path,
    call: |node, call, _| script(node, "node-https.js", call),
    output: node_https_output,
    detects: &[],
};

/// Node with node-fetch 2, as the guide shows it.
pub(super) const NODE_FETCH: Client = Client {
    name: "node-fetch",
    program: Program::new(
        "node",
        &[
            "-p",
            "const found = require('./target/interop/npm/node_modules/node-fetch/package.json'); \
             `${process.version}, node-fetch ${found.version}`",
        ],
        "Debian: nodejs; npm: node-fetch@2, by running npm ci in a copy of tests/interop/npm at target/interop/npm",
    ),
    place: Place::Path,
    call: |node, call, _| script(node, "node-fetch.js", call),
    output: node_fetch_output,
    detects: &[],
};

/// Ruby's Net::HTTP.
pub(super) const NET_HTTP: Client = Client {
    name: "net-http",
    program: Program::new(
        "ruby",
        &[
            "-ropenssl",
            "-e",
            "puts \"ruby #{RUBY_VERSION}, #{OpenSSL::OPENSSL_LIBRARY_VERSION}\"",
        ],
        "Debian: ruby",
    ),
    place: Place::Path,
    call: |ruby, call, _| script(ruby, "net-http.rb", call),
    output: net_http_output,
    detects: &[],
};

const PYTHON: Program = Program::new(
    "python3",
    &[
        "-c",
        "import platform, ssl, requests, urllib3; print('Python', platform.python_version() + ', requests', \
         requests.__version__ + ', urllib3', urllib3.__version__ + ',', ssl.OPENSSL_VERSION)",
    ],
    "Debian: python3, python3-pip; pip: requests",
);

/// Python's requests, which has no place for a passphrase.
pub(super) const REQUESTS: Client = Client {
    name: "requests-plain",
    program: PYTHON,
    place: Place::Path,
    call: |python, call, _| script(python, "requests_plain.py", call),
    output: requests_output,
    detects: &[],
};

/// Python's requests with an adapter that opens the key.
pub(super) const REQUESTS_PASSPHRASE: Client = Client {
    name: "requests-passphrase",
    program: PYTHON,
    place: Place::Path,
    call: |python, call, _| script(python, "requests_passphrase.py", call),
    output: requests_passphrase_output,
    detects: &[],
};

fn script(interpreter: &Tool, name: &str, call: &Call<'_>) -> anyhow::Result<Invocation> {
    let mut run = interpreter
        .command()
        .arg(example::page(name))
        .env("NODE_PATH", npm_modules()?)
        .env("NAPI_URL", call.base_url)
        .env("NAPI_USER", call.user)
        .env("NAPI_PASSWORD", call.password);
    if let Some((certificate, key)) = call.identity {
        run = run.env("NAPI_CERTIFICATE", certificate);
        run = run.env("NAPI_KEY", key.unwrap_or(certificate));
    }
    if let Some(passphrase) = call.passphrase {
        run = run.env("NAPI_KEY_PASSPHRASE", passphrase);
    }
    if let Some(ca_file) = call.ca_file {
        run = run.env("NAPI_CA_FILE", ca_file);
    }
    Ok(run)
}

/// Returns the output that most clients have for a case: OpenSSL's words, or the response.
///
/// OpenSSL's are without the protocol in front, which 3.2 has renamed: `sslv3 alert` is `ssl/tls
/// alert` there.
pub(super) fn usual(case: Case) -> ExpectedOutput {
    match case {
        Case::PlainKey | Case::Passphrase | Case::OneFile => (0, &["Hello acme-api"]),
        Case::WrongPassphrase | Case::NoPassphrase => (1, &["bad decrypt"]),
        Case::OtherKey => (1, &["key values mismatch"]),
        Case::NoCertificate => (1, &["alert certificate required"]),
        Case::NoCertificateResponse => (1, &["No required SSL certificate was sent"]),
        Case::RefusedTls12 => (1, &["alert handshake failure"]),
        Case::RefusedByReset => (1, &["Connection reset by peer"]),
        Case::Expired => (1, &["alert certificate expired"]),
        Case::Revoked => (1, &["alert certificate revoked"]),
        Case::UnknownCa => (1, &["alert unknown ca"]),
        Case::OtherAccount | Case::WrongPassword => (1, &["HTTP 401: Access Denied"]),
        Case::UntrustedServer => (1, &["unable to verify the first certificate"]),
    }
}

fn node_https_output(case: Case) -> Option<ExpectedOutput> {
    Some(match case {
        Case::NoCertificate => (
            1,
            &[
                "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
                "alert certificate required",
            ],
        ),
        Case::RefusedByReset => (1, &["ECONNRESET"]),
        Case::UntrustedServer => (
            1,
            &[
                "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
                "unable to verify the first certificate",
            ],
        ),
        _ => usual(case),
    })
}

fn node_fetch_output(case: Case) -> Option<ExpectedOutput> {
    Some(match case {
        Case::RefusedByReset => (1, &["ECONNRESET"]),
        _ => usual(case),
    })
}

fn net_http_output(case: Case) -> Option<ExpectedOutput> {
    Some(match case {
        Case::WrongPassphrase | Case::NoPassphrase => (1, &["Could not parse PKey"]),
        Case::UntrustedServer => (
            1,
            &["certificate verify failed (unable to get local issuer certificate)"],
        ),
        _ => usual(case),
    })
}

fn requests_output(case: Case) -> Option<ExpectedOutput> {
    Some(match case {
        Case::Passphrase | Case::WrongPassphrase => return None,
        Case::NoPassphrase => (
            1,
            &["Client private key is encrypted, password is required"],
        ),
        _ => python_output(case),
    })
}

fn requests_passphrase_output(case: Case) -> Option<ExpectedOutput> {
    Some(match case {
        Case::WrongPassphrase => (1, &["PEM lib"]),
        // OpenSSL asks, and there is no terminal.
        Case::NoPassphrase => (1, &["Invalid argument"]),
        _ => python_output(case),
    })
}

fn python_output(case: Case) -> ExpectedOutput {
    match case {
        Case::UntrustedServer => (
            1,
            &["certificate verify failed: unable to get local issuer certificate"],
        ),
        _ => usual(case),
    }
}
