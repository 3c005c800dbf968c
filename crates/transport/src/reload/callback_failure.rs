//! Failures of the caller's code that a reloader runs: a source or a probe.

/// The reason why there is no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallbackFailure {
    #[error("the probe panicked")]
    ProbePanicked,
    #[error("the probe did not end in time")]
    ProbeTimedOut,
    #[error("the source panicked; it is polled again")]
    SourcePanicked,
    #[error("the source has not come back in time; it is not polled again until it does")]
    SourceTimedOut,
}
