//! A web page in the place of a response of the service.

use crate::service_message::ServiceMessage;

/// The most of a body that is looked at, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// Returns the title of a page, if the body is one.
pub(crate) fn title(body: &[u8]) -> Option<Option<ServiceMessage>> {
    let body = body.get(..LONGEST_BODY).unwrap_or(body).trim_ascii_start();
    body.starts_with(b"<")
        .then(|| title_text(&String::from_utf8_lossy(body)).and_then(ServiceMessage::read))
}

/// Returns the text of the title in a page.
pub(crate) fn title_text(markup: &str) -> Option<&str> {
    let lower = markup.to_ascii_lowercase(); // of the same length
    let (before, rest) = lower.split_once("<title>")?;
    let (title, _) = rest.split_once('<')?;
    let start = before.len() + "<title>".len();
    markup.get(start..start + title.len())
}
