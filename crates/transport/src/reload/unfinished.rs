//! What did not come to its end: a source, a probe, or a generation that a provider takes part in.

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfinished {
    #[error("setting up the new generation panicked, in the crypto provider or the connector")]
    PreparationPanicked,
    #[error("the new generation was not set up in time; it is used once it is")]
    PreparationTimedOut,
    #[error("the probe panicked")]
    ProbePanicked,
    #[error("the probe did not end in time")]
    ProbeTimedOut,
    #[error("the source panicked; it is looked at again")]
    SourcePanicked,
    #[error("the source has not come back in time; it is not asked again until it does")]
    SourceTimedOut,
}
