//! The token that a URI names, among those that a module lists.
//!
//! Leaves out what is in it.

use cryptoki::mechanism::MechanismType;
use cryptoki::session::Session;
use cryptoki::slot::{Limit, Slot, TokenInfo};

use crate::device_failure::DeviceFailure;
use crate::error::Error;
use crate::module::Entered;
use crate::uri::Pkcs11Uri;

/// A token that is there.
pub(crate) struct Token<'a> {
    entered: &'a Entered<'a>,
    slot: Slot,
    pub(crate) info: TokenInfo,
}

impl<'a> Token<'a> {
    /// Finds the only one that matches.
    pub(crate) fn find(entered: &'a Entered<'a>, uri: &Pkcs11Uri) -> Result<Self, Error> {
        let slots = entered.context.get_slots_with_token();
        let slots = slots.map_err(DeviceFailure::from)?;
        let tokens = slots.into_iter().filter_map(|slot| {
            // One that is taken out meanwhile is not there.
            let info = entered.context.get_token_info(slot).ok()?;
            let is_meant = info.token_initialized() && is_named(uri, slot, &info);
            is_meant.then_some(Self {
                entered,
                slot,
                info,
            })
        });
        let mut tokens: Vec<_> = tokens.collect();
        match (tokens.pop(), tokens.len()) {
            (None, _) => Err(Error::TokenNotFound),
            (Some(token), 0) => Ok(token),
            (Some(_), others) => Err(Error::SeveralTokens { count: others + 1 }),
        }
    }

    /// Returns its mechanisms.
    pub(crate) fn mechanisms(&self) -> Result<Vec<MechanismType>, DeviceFailure> {
        Ok(self.entered.context.get_mechanism_list(self.slot)?)
    }

    /// Opens a session that can read.
    pub(crate) fn session(&self) -> Result<Session, DeviceFailure> {
        Ok(self.entered.context.open_ro_session(self.slot)?)
    }

    /// Opens a session that can write.
    pub(crate) fn writing_session(&self) -> Result<Session, DeviceFailure> {
        Ok(self.entered.context.open_rw_session(self.slot)?)
    }

    /// Returns the most sessions that this process may have with it, if it says so.
    pub(crate) fn most_sessions(&self) -> Option<u64> {
        match self.info.max_session_count() {
            Limit::Max(most) => Some(most),
            _ => None,
        }
    }
}

fn is_named(uri: &Pkcs11Uri, slot: Slot, info: &TokenInfo) -> bool {
    let fits = |named: Option<&str>, is: &str| named.is_none_or(|named| named == is);
    fits(uri.token(), info.label())
        && fits(uri.serial(), info.serial_number())
        && fits(uri.manufacturer(), info.manufacturer_id())
        && fits(uri.model(), info.model())
        && uri.slot_id().is_none_or(|id| id == slot.id())
}
