//! The pages that servers write by themselves when they reject a client certificate, each matched
//! as a whole.
//!
//! A sentence alone proves nothing: an application may quote its user's input. So a page counts
//! only in the exact form in which its server writes it, markup included.

use crate::error::client_certificate::ClientCertificateProblem;

/// Returns the verdict of a page that nginx or a derivative writes for a 400
/// (`ngx_http_special_response.c`).
///
/// The page is fixed but for the name at its end: `nginx`, `nginx/1.27.2`, `openresty`, depending
/// on `server_tokens`.
pub(super) fn nginx(body: &str) -> Option<ClientCertificateProblem> {
    let page = without_line_breaks(body);
    let page = page.trim_end_matches(PADDING);
    let reasons = [
        (
            "No required SSL certificate was sent",
            ClientCertificateProblem::Required,
        ),
        (
            "The SSL certificate error",
            ClientCertificateProblem::Unknown,
        ),
    ];
    let is_of = |reason: &str| {
        let head = format!("<html><head><title>400 {reason}</title></head>");
        let reason = format!(
            "<center><h1>400 Bad Request</h1></center><center>{reason}</center><hr><center>"
        );
        page.strip_prefix(head.as_str())
            .and_then(|rest| {
                rest.strip_prefix("<body>")
                    .or_else(|| rest.strip_prefix("<body bgcolor=\"white\">")) // before 1.15.2
            })
            .and_then(|rest| rest.strip_prefix(reason.as_str()))
            .and_then(|rest| rest.strip_suffix("</center></body></html>"))
            .is_some_and(is_product)
    };
    let found = reasons.into_iter().find(|(reason, _)| is_of(reason));
    found.map(|(_, problem)| problem)
}

/// The comment that nginx appends to its pages for old browsers, up to six times.
const PADDING: &str = "<!-- a padding to disable MSIE and Chrome friendly error page -->";

/// Checks for a product name and version, with no room for markup or quoted input.
fn is_product(text: &str) -> bool {
    let is_of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || b"./-_ ()".contains(&byte);
    !text.is_empty() && text.len() <= 64 && text.bytes().all(is_of_a_name)
}

/// Returns the verdict of a page that IIS writes for a 403: the detailed page, or the file for each
/// sub-status.
///
/// The sub-status is nowhere but in the page. It has to be in title and heading alike, and only the
/// beginning is read: tables with the requested path follow.
pub(super) fn iis(body: &str) -> Option<ClientCertificateProblem> {
    use ClientCertificateProblem::{Expired, Required, Revoked, UnknownCa};
    let page = without_line_breaks(body);
    let page = page.strip_prefix(XHTML_STRICT)?;
    let (_, title) = page.split_once("<title>")?;
    let (title, rest) = title.split_once("</title>")?;
    let sub_statuses = [(7, Required), (13, Revoked), (16, UnknownCa), (17, Expired)];
    let found = sub_statuses.into_iter().find(|(number, _)| {
        let detailed = format!(" Detailed Error - 403.{number} - Forbidden");
        let is_detailed = title
            .strip_prefix("IIS ")
            .and_then(|title| title.strip_suffix(detailed.as_str()))
            .is_some_and(is_version);
        let is_file = title.starts_with(format!("403.{number} - Forbidden: ").as_str())
            && !title.contains(['<', '&']);
        let heading = match is_detailed {
            true => format!("HTTP Error 403.{number} - Forbidden"),
            false => title.to_owned(),
        };
        (is_detailed || is_file) && first_heading(rest) == Some(heading.as_str())
    });
    found.map(|(_, problem)| problem)
}

const XHTML_STRICT: &str = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\"";

fn is_version(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Returns the first `h2` or `h3`; the file has an `h1` before it, "Server Error".
fn first_heading(page: &str) -> Option<&str> {
    let level = ["<h2>", "<h3>"];
    let start = level.iter().filter_map(|tag| page.find(tag)).min()?;
    let text = page.get(start..)?.get("<h2>".len()..)?;
    text.split('<').next()
}

/// Checks for the page of an Apache httpd that wants a certificate after the handshake
/// (`ssl_engine_kernel.c`).
pub(super) fn is_apache_post_handshake(body: &str) -> bool {
    let page = without_line_breaks(body);
    let page = APACHE_DOCTYPES
        .iter()
        .find_map(|doctype| page.strip_prefix(doctype));
    let Some(page) = page else {
        return false;
    };
    let page = page.trim_end();
    page.strip_prefix(
        "<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1><p>You don't have permission to \
         access this resource.Reason: Cannot perform Post-Handshake Authentication.<br /></p>",
    )
    .and_then(|rest| rest.strip_suffix("</body></html>"))
    .is_some_and(|signature| {
        // `ServerSignature On` adds a line with version, host and port.
        let line = signature.strip_prefix("<hr><address>");
        let line = line.and_then(|line| line.strip_suffix("</address>"));
        signature.is_empty() || line.is_some_and(|line| !line.contains('<'))
    })
}

/// The beginnings of pages of Apache httpd, older and newer; 2.4.71 writes the second.
const APACHE_DOCTYPES: [&str; 2] = [
    "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">",
    "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\">",
];

/// Removes line breaks: in these pages they stand between tags only, and gateways change them.
fn without_line_breaks(body: &str) -> String {
    body.split(['\r', '\n']).collect()
}
