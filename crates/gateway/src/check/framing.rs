//! Whether a request can be forwarded as it is framed: length, transfer coding, expectation,
//! upgrade (RFC 9110, sections 7.8 and 10.1.1, and RFC 9112, section 6.1).

use http::{
    HeaderMap, HeaderName, Request,
    header::{EXPECT, TRANSFER_ENCODING, UPGRADE},
};
use tower::{BoxError, filter::Predicate};

use crate::body::caller_body::CallerBody;
use crate::problem::Problem;
use crate::problem::refusal::Refusal;

/// Refuses requests whose body or connection the gateway could not pass on unchanged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FramingCheck;

impl Predicate<Request<CallerBody>> for FramingCheck {
    type Request = Request<CallerBody>;

    fn check(&mut self, request: Request<CallerBody>) -> Result<Self::Request, BoxError> {
        check_fields(request.headers()).map_err(Problem::from)?;
        match request.body().is_within_limit() {
            true => Ok(request),
            false => Err(Problem::from(Refusal::BodyTooLarge).into()),
        }
    }
}

fn check_fields(fields: &HeaderMap) -> Result<(), Refusal> {
    // hyper undoes the last coding, and would leave another one inside to no one.
    if !all(fields, &TRANSFER_ENCODING, "chunked")
        || fields.get_all(TRANSFER_ENCODING).iter().count() > 1
    {
        return Err(Refusal::TransferCoding);
    }
    if !all(fields, &EXPECT, "100-continue") {
        return Err(Refusal::Expectation);
    }
    // Java's client and `curl --http2` offer `h2c` with every first request. It may be ignored, and
    // no longer exists (RFC 9113, section 3.1).
    match all(fields, &UPGRADE, "h2c") {
        true => Ok(()),
        false => Err(Refusal::UpgradeUnsupported),
    }
}

/// Checks whether the field is absent, or has this value alone.
fn all(fields: &HeaderMap, name: &HeaderName, expected: &str) -> bool {
    let mut values = fields.get_all(name).iter();
    values.all(|value| {
        value
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(expected.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn framing_that_cannot_be_passed_on_is_refused() {
        for (name, value, refusal) in [
            ("transfer-encoding", "Chunked", None),
            (
                "transfer-encoding",
                "gzip, chunked",
                Some(Refusal::TransferCoding),
            ),
            (
                "transfer-encoding",
                "chunked, chunked",
                Some(Refusal::TransferCoding),
            ),
            ("expect", "100-Continue", None),
            ("expect", "200-ok", Some(Refusal::Expectation)),
            ("upgrade", "h2c", None),
            ("upgrade", "websocket", Some(Refusal::UpgradeUnsupported)),
            (
                "upgrade",
                "h2c, websocket",
                Some(Refusal::UpgradeUnsupported),
            ),
        ] {
            let mut fields = HeaderMap::new();
            fields.insert(name, HeaderValue::from_static(value));
            assert_eq!(check_fields(&fields).err(), refusal, "{name}: {value}");
        }
        let mut twice = HeaderMap::new();
        for _ in 0..2 {
            twice.append(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        assert_eq!(check_fields(&twice), Err(Refusal::TransferCoding));
    }
}
