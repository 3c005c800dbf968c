//! PINs that tokens have called wrong, so that none is tried twice.
//!
//! Leaves out the login.

use zeroize::Zeroizing;

/// The PINs that tokens of one module have called wrong, by the serial number of the token.
#[derive(Default)]
pub(crate) struct WrongPins(Vec<(String, Zeroizing<Vec<u8>>)>);

impl WrongPins {
    /// Returns whether the token has called this PIN wrong.
    pub(crate) fn contains(&self, serial: &str, pin: &[u8]) -> bool {
        let mut wrong = self.0.iter();
        wrong.any(|(of, wrong)| of == serial && wrong.as_slice() == pin)
    }

    /// Remembers the latest wrong PIN of a token; by the time of a third one it is locked.
    pub(crate) fn remember(&mut self, serial: &str, pin: &[u8]) {
        let pin = Zeroizing::new(pin.to_vec());
        self.0.push((serial.to_owned(), pin));
        let of_token = |(of, _): &&(String, _)| of == serial;
        if self.0.iter().filter(of_token).count() > MOST_REMEMBERED
            && let Some(oldest) = self.0.iter().position(|(of, _)| of == serial)
        {
            self.0.remove(oldest);
        }
    }
}

/// More than any token takes before it locks.
const MOST_REMEMBERED: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_pin_is_remembered_for_its_token() {
        let mut wrong = WrongPins::default();
        wrong.remember("A", b"1");
        assert!(wrong.contains("A", b"1"));
        assert!(!wrong.contains("A", b"2") && !wrong.contains("B", b"1"));
        for number in 0..100u8 {
            wrong.remember("A", &[number]);
        }
        assert_eq!(wrong.0.len(), MOST_REMEMBERED);
        assert!(wrong.contains("A", &[99]) && !wrong.contains("A", &[0]));
    }
}
