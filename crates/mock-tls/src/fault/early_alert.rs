//! An alert that comes before the server has proven who it is: in a plain record, as anyone on the
//! way can write it.

use crate::script::client_auth::Alert;

/// Returns the first messages of a handshake, none or one, and an alert behind them.
pub(crate) fn after(first_write: &[u8], messages: usize, alert: Alert) -> Vec<u8> {
    let mut bytes = Vec::new();
    if messages > 0
        && let Some(message) = first_message(first_write)
    {
        record(&mut bytes, HANDSHAKE, message);
    }
    record(&mut bytes, ALERT, &[FATAL, u8::from(alert.description())]);
    bytes
}

/// Returns the first handshake message of a flight: its type, three bytes of length, and so many
/// bytes.
fn first_message(flight: &[u8]) -> Option<&[u8]> {
    let payload = flight.get(RECORD_HEAD..)?;
    let [_, high, middle, low] = payload.first_chunk::<4>()?;
    let length = u32::from_be_bytes([0, *high, *middle, *low]);
    payload.get(..4 + usize::try_from(length).ok()?)
}

fn record(bytes: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
    // 3, 3 is what every record says since TLS 1.2 (RFC 8446, section 5.1).
    bytes.extend([kind, 3, 3]);
    bytes.extend(length.to_be_bytes());
    bytes.extend_from_slice(payload);
}

const RECORD_HEAD: usize = 5;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const FATAL: u8 = 2;
