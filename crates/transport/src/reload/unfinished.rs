//! What is not ours and did not come to its end: a source or a probe.

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfinished {
    #[error("the probe panicked")]
    ProbePanicked,
    #[error("the probe did not end in time")]
    ProbeTimedOut,
    #[error("the source panicked; it is looked at again")]
    SourcePanicked,
    #[error("the source has not come back in time; it is not asked again until it does")]
    SourceTimedOut,
}
