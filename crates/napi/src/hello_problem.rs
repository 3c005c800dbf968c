//! A response that is no hello.

/// Why a response is no hello; reads on from "the response is no hello:".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HelloProblem {
    /// It says hello to another name.
    #[error("it greets another name: check which user the service knows by these credentials")]
    AnotherName,
    /// It is another text: a notice of maintenance, or something else that responds with status
    /// 200.
    #[error(
        "its text is not `Hello` and a name: a proxy, a captive portal or a notice of maintenance may have \
         responded; check the base URL and the network"
    )]
    OtherText,
}
