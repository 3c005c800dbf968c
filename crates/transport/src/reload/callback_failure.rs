//! Failures of the caller's code that a reloader runs: a source, a probe or a crypto provider.

/// The reason why there is no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallbackFailure {
    #[error("setting up the new generation panicked, in the crypto provider or the connector")]
    PreparationPanicked,
    #[error("the new generation was not set up in time; it is used once it is")]
    PreparationTimedOut,
    #[error("the probe panicked")]
    ProbePanicked,
    #[error("the probe did not end in time")]
    ProbeTimedOut,
    #[error("the source panicked; it is polled again")]
    SourcePanicked,
    #[error("the source has not come back in time; it is not polled again until it does")]
    SourceTimedOut,
}
