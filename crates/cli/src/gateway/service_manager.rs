//! Notices to the service manager (sd_notify(3)).

use sd_notify::NotifyState;

/// Says that callers are served. Without a service manager, nothing happens.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Says that the last requests are being finished.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(state: &[NotifyState<'_>]) {
    // It waits for no answer, and without one nothing is worse.
    let _ = sd_notify::notify(state);
}
