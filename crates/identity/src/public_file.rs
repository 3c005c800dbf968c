//! The public parts of one kind in an input: certificates to trust, revocation lists.
//!
//! Read as kindly as an identity is, from the same PEM and DER. Leaves out whether they can be
//! used.

use std::fmt;

use crate::document::{self, Document};
use crate::error::Error;
use crate::format::Format;
use crate::input::Input;
use crate::pkcs7;
use crate::selection;

/// The parts of an input that are of the wanted kind, and those that were left out.
///
/// ```
/// use identity::{Format, Input, PublicFile};
///
/// # let chain = include_bytes!("../tests/vectors/chain.pem");
/// let file = PublicFile::read(chain, Format::Certificate, Input::TrustAnchors)?;
/// assert_eq!(file.parts().count(), 3);
/// assert_eq!(file.left_out(), []);
/// # Ok::<(), identity::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicFile {
    parts: Vec<(usize, Vec<u8>)>,
    left_out: Vec<LeftOut>,
}

/// A part of an input that is not what was asked for; its `Display` is a clause for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// Where it stands in the input, from 1.
    pub position: usize,
    /// Its format, such as [`Format::Damaged`].
    pub format: Format,
}

impl PublicFile {
    /// Finds everything of the format `wanted`, which should be a public one: a secret is left out
    /// in any case. Errors call the input `input`.
    ///
    /// # Errors
    ///
    /// If nothing is found, what is there instead: [`Error::UnsupportedFormat`] with advice,
    /// [`Error::LooksLikeCsr`], or [`Error::NoCertificate`].
    pub fn read(bytes: &[u8], wanted: Format, input: Input) -> Result<Self, Error> {
        let mut file = Self {
            parts: Vec::new(),
            left_out: Vec::new(),
        };
        let documents = match wanted {
            Format::Certificate => pkcs7::unpacked(document::recognise(bytes)),
            _ => document::recognise(bytes),
        };
        for (position, Document { format, der, .. }) in (1..).zip(&documents) {
            if *format == wanted && is_public(wanted) {
                file.parts.push((position, der.to_vec()));
            } else if *format != Format::Parameters {
                let format = *format;
                file.left_out.push(LeftOut { position, format });
            }
        }
        match file.parts.is_empty() {
            true => Err(selection::nothing_wanted(input, &documents)),
            false => Ok(file),
        }
    }

    /// Returns the DER of what was found, in order, each with its position among all parts of the
    /// input.
    pub fn parts(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.parts
            .iter()
            .map(|(position, der)| (*position, der.as_slice()))
    }

    /// Returns the parts that were left out, in order.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, format } = self;
        write!(f, "part {position} is {format} and was left out")?;
        match format {
            Format::Damaged | Format::DamagedDer => write!(f, ": {}", format.advice()),
            _ => Ok(()),
        }
    }
}

const fn is_public(format: Format) -> bool {
    matches!(
        format,
        Format::Certificate | Format::CertificateRevocationList | Format::CertificationRequest
    )
}
