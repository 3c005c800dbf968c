//! Whether a caller has shown the gateway's token, if there is one.

use std::sync::Arc;

use http::Request;
use tower::{BoxError, filter::Predicate};

use crate::body::caller_body::CallerBody;
use crate::problem::Problem;
use crate::problem::refusal::Refusal;
use crate::token::{FIELD, Token};

/// Refuses requests without the token.
#[derive(Clone, Debug)]
pub(crate) struct TokenCheck {
    pub(crate) token: Option<Arc<Token>>,
}

impl Predicate<Request<CallerBody>> for TokenCheck {
    type Request = Request<CallerBody>;

    fn check(&mut self, mut request: Request<CallerBody>) -> Result<Self::Request, BoxError> {
        let shown = request.headers_mut().remove(FIELD);
        let is_right = self.token.as_ref().is_none_or(|token| {
            let shown = shown.as_ref();
            shown.is_some_and(|shown| token.is(shown.as_bytes()))
        });
        match is_right {
            true => Ok(request),
            false => Err(Problem::from(Refusal::TokenRequired).into()),
        }
    }
}
