//! A key exchange group that no client has ([RFC 8446, section 4.2.7]).
//!
//! [RFC 8446, section 4.2.7]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.7

use rustls::crypto::{ActiveKeyExchange, SupportedKxGroup};
use rustls::{Error, NamedGroup};

/// The first group of the range for private use. It is only ever compared, never used.
#[derive(Debug)]
pub(crate) struct PrivateGroup;

impl SupportedKxGroup for PrivateGroup {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        // Not reached: rustls starts a group only if the client has named it too.
        Err(Error::General("this group is a name only".to_owned()))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::Unknown(0xfe00)
    }
}
