//! What a file, or one block of it, turned out to be.
//!
//! Each kind knows its name and what its owner should do. Leaves out how it is recognised.

use std::fmt;

/// A kind of file, or of one PEM block in a file, that people have beside keys and certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Format {
    /// An X.509 certificate ([RFC 5280](https://www.rfc-editor.org/rfc/rfc5280)).
    Certificate,
    /// A PKCS#10 request ([RFC 2986](https://www.rfc-editor.org/rfc/rfc2986)).
    CertificationRequest,
    /// A PEM block without its end, or whose content is not base64.
    Damaged,
    /// A file that is base64 of a PEM file once more, as in a Kubernetes secret.
    Base64OfPem,
    /// Nothing at all.
    Empty,
    /// `EncryptedPrivateKeyInfo` ([RFC 5958](https://www.rfc-editor.org/rfc/rfc5958)).
    EncryptedPkcs8,
    /// What gzip has compressed, such as `.tar.gz` ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)).
    Gzip,
    /// A web page.
    Html,
    /// A key store of Java, JKS or JCEKS.
    JavaKeyStore,
    /// A key of `ssh-keygen`.
    OpenSshKey,
    /// A PEM block of another kind, for example Diffie-Hellman parameters.
    OtherPem,
    /// `RSAPrivateKey` ([RFC 8017](https://www.rfc-editor.org/rfc/rfc8017)).
    Pkcs1,
    /// A PKCS#12 store, `.p12` or `.pfx` ([RFC 7292](https://www.rfc-editor.org/rfc/rfc7292)).
    Pkcs12,
    /// A PKCS#7 bundle, `.p7b` ([RFC 2315](https://www.rfc-editor.org/rfc/rfc2315)).
    Pkcs7,
    /// `PrivateKeyInfo` ([RFC 5958](https://www.rfc-editor.org/rfc/rfc5958)).
    Pkcs8,
    /// A public key.
    PublicKey,
    /// A key of PuTTY, `.ppk`.
    PuttyKey,
    /// `ECPrivateKey` ([RFC 5915](https://www.rfc-editor.org/rfc/rfc5915)).
    Sec1,
    /// A key with `Proc-Type: 4,ENCRYPTED`
    /// ([RFC 1421](https://www.rfc-editor.org/rfc/rfc1421#section-4.6.1.1)).
    TraditionalEncrypted,
    /// None of these.
    Unrecognised,
    /// Text in UTF-16.
    Utf16,
    /// A ZIP archive, as portals and mail programs pack files.
    Zip,
}

impl Format {
    /// What to do with such a file in order to load it; empty where there is nothing to say.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Certificate
            | Self::EncryptedPkcs8
            | Self::OtherPem
            | Self::Pkcs1
            | Self::Pkcs8
            | Self::Sec1
            | Self::TraditionalEncrypted => "",
            Self::Base64OfPem => "decode it with `base64 -d FILE`",
            Self::CertificationRequest => {
                "send it to the certificate authority and give the certificate that comes back"
            }
            Self::Damaged => "copy the file again, from the first dash to the last",
            Self::Empty => "check the path and the program that should have written it",
            Self::Gzip => {
                "unpack it with `tar -xzf FILE` or `gunzip FILE`, and give the file from it"
            }
            Self::Html => "the download failed or was a login page: download it again",
            Self::OpenSshKey => {
                "if it is an RSA or ECDSA key, convert a copy with `ssh-keygen -p -m PKCS8 -f COPY`"
            }
            Self::JavaKeyStore => {
                "convert it with `keytool -importkeystore -srckeystore FILE \
                 -destkeystore store.p12 -deststoretype pkcs12` and split that with openssl"
            }
            Self::Pkcs12 => {
                "split it with `openssl pkcs12 -in FILE -nokeys -out cert.pem` and \
                 `openssl pkcs12 -in FILE -nocerts -out key.pem` \
                 (add `-legacy` if it is refused as unsupported)"
            }
            Self::Pkcs7 => {
                "unpack it with `openssl pkcs7 -print_certs -in FILE -out cert.pem` \
                 (add `-inform DER` if it is binary)"
            }
            Self::PublicKey => "give the private key that was made together with it",
            Self::PuttyKey => {
                "if it is an RSA or ECDSA key, convert it with \
                 `puttygen FILE -O private-openssh-new -o COPY` and \
                 `ssh-keygen -p -m PKCS8 -f COPY`"
            }
            Self::Unrecognised => {
                "give a PEM file, which has a line `-----BEGIN ...-----`, or a DER file; \
                 if the whole file is base64, decode it first"
            }
            Self::Utf16 => {
                "save it as plain ASCII, in PowerShell with \
                 `Get-Content FILE | Set-Content -Encoding ascii NEW`"
            }
            Self::Zip => "unpack it, and give the file from it",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base64OfPem => "a PEM file in base64 once more",
            Self::Certificate => "a certificate",
            Self::CertificationRequest => "a certificate signing request (CSR)",
            Self::Damaged => "a cut or damaged PEM block",
            Self::Empty => "empty",
            Self::EncryptedPkcs8 => "an encrypted PKCS#8 key",
            Self::Gzip => "data compressed by gzip (.gz, .tgz)",
            Self::Html => "a web page (HTML)",
            Self::JavaKeyStore => "a Java key store (JKS)",
            Self::OpenSshKey => "an OpenSSH key",
            Self::OtherPem => "a PEM block of another kind",
            Self::Pkcs1 => "a PKCS#1 key (`RSA PRIVATE KEY`)",
            Self::Pkcs12 => "a PKCS#12 store (.p12, .pfx)",
            Self::Pkcs7 => "a PKCS#7 bundle (.p7b)",
            Self::Pkcs8 => "a PKCS#8 key",
            Self::PublicKey => "a public key",
            Self::PuttyKey => "a PuTTY key (.ppk)",
            Self::Sec1 => "an elliptic-curve key (`EC PRIVATE KEY`)",
            Self::TraditionalEncrypted => {
                "a key in OpenSSL's traditional encryption (`Proc-Type: 4,ENCRYPTED`)"
            }
            Self::Unrecognised => "neither PEM nor DER of a known kind",
            Self::Utf16 => "text in UTF-16, as PowerShell's `>` writes it",
            Self::Zip => "a ZIP archive (.zip)",
        })
    }
}
