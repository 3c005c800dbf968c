//! Certificates alone in a PKCS#7 file (RFC 2315, section 9.1; RFC 5652, section 5.1), as CAs of
//! Windows hand them out.

use yasna::models::ObjectIdentifier;
use yasna::{DERWriter, Tag, construct_der};

/// Returns signed data that no one signed, in DER.
pub(super) fn certificates_only(certificates: &[&[u8]]) -> Vec<u8> {
    construct_der(|writer| content_info(writer, certificates))
}

fn content_info(writer: DERWriter<'_>, certificates: &[&[u8]]) {
    writer.write_sequence(|writer| {
        writer.next().write_oid(&pkcs7(SIGNED_DATA));
        writer.next().write_tagged(Tag::context(0), |writer| {
            writer.write_sequence(|writer| {
                writer.next().write_u8(1); // version
                writer.next().write_set(|_| {}); // algorithms of digests
                writer.next().write_sequence(|writer| {
                    writer.next().write_oid(&pkcs7(DATA));
                });
                writer
                    .next()
                    .write_tagged_implicit(Tag::context(0), |writer| {
                        writer.write_set(|writer| {
                            for certificate in certificates {
                                writer.next().write_der(certificate);
                            }
                        });
                    });
                writer.next().write_set(|_| {}); // signers
            });
        });
    });
}

const DATA: u64 = 1;
const SIGNED_DATA: u64 = 2;

/// Returns the identifier of a type of content: 1.2.840.113549.1.7.x.
fn pkcs7(kind: u64) -> ObjectIdentifier {
    ObjectIdentifier::from_slice(&[1, 2, 840, 113_549, 1, 7, kind])
}
